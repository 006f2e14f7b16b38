/**
 * Reads import and export declarations from TypeScript without a parser: comments and templates are blanked first, so
 * that text which only looks like code is not found. (The compiler package of version 7 has no parser in JavaScript.)
 */

export type ImportFound = { specifier: string; isTypeOnly: boolean };

const IMPORT_OR_REEXPORT = /^[ \t]*(import|export)\b(\s+type\b(?!\s*,)(?!\s+from\b))?([^'"`;()=]*?)\bfrom\s*(['"])([^'"\n]+)\4/gm;
const BARE_IMPORT = /^[ \t]*import\s*(['"])([^'"\n]+)\1/gm;
const DYNAMIC_IMPORT = /\bimport\(\s*(['"])([^'"\n]+)\1\s*\)/g;

export function findImports(source: string): ImportFound[] {
  const code = blankCommentsAndTemplates(source);
  const found: ImportFound[] = [];
  for (const match of code.matchAll(IMPORT_OR_REEXPORT)) found.push({ specifier: match[5] ?? '', isTypeOnly: match[2] !== undefined || namesTypesOnly(match[3] ?? '') });
  for (const match of code.matchAll(BARE_IMPORT)) found.push({ specifier: match[2] ?? '', isTypeOnly: false });
  // A type position `import('./x.ts').X` looks the same; taking it for a value only makes the check stricter.
  for (const match of code.matchAll(DYNAMIC_IMPORT)) found.push({ specifier: match[2] ?? '', isTypeOnly: false });
  return found;
}

/** `{ type A, type B }` loads nothing at run time, as `import type` does not. */
function namesTypesOnly(clause: string): boolean {
  const names = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1]?.split(',').map((name) => name.trim()).filter((name) => name !== '');
  return names !== undefined && names.length > 0 && names.every((name) => name.startsWith('type '));
}

/** The names that a module exports, as its own declarations and its export lists give them. */
export function findExportedNames(source: string): { names: string[]; problems: string[] } {
  const code = blankCommentsAndTemplates(source);
  const names: string[] = [];
  const problems: string[] = [];
  if (/^export\s+default\b/m.test(code)) problems.push('has a default export');
  if (/^export\s*\*/m.test(code)) problems.push('has "export *"');
  for (const [, list = ''] of code.matchAll(/^export\s+(?:type\s+)?\{([^}]*)\}/gm)) {
    for (const part of list.split(',')) {
      const name = part.trim().replace(/^type\s+/, '').split(/\s+as\s+/).at(-1)?.trim() ?? '';
      if (name !== '') names.push(name);
    }
  }
  const declaration = /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const|let|var|function\*?|class|type|interface|enum)\s+([A-Za-z_$][\w$]*)/gm;
  for (const [, name = ''] of code.matchAll(declaration)) names.push(name);
  return { names: names.sort(), problems };
}

type Mode = 'code' | 'line-comment' | 'block-comment' | 'template' | 'regex';

/** Same length and lines as the source; quoted strings stay, comments, template texts and regular expressions do not. */
export function blankCommentsAndTemplates(source: string): string {
  let out = '';
  let mode: Mode = 'code';
  /** For each template that is open: the depth of braces inside its current `${…}`. */
  const templateDepths: number[] = [];
  let inClass = false;
  for (let at = 0; at < source.length; at += 1) {
    const character = source[at] ?? '';
    const two = source.slice(at, at + 2);
    if (mode === 'code') {
      if (two === '//') mode = 'line-comment';
      else if (two === '/*') mode = 'block-comment';
      else if (character === '`') {
        mode = 'template';
        templateDepths.push(0);
      } else if (character === '/' && startsRegex(out)) {
        mode = 'regex';
        inClass = false;
      } else if (character === "'" || character === '"') {
        const end = endOfString(source, at);
        out += source.slice(at, end);
        at = end - 1;
        continue;
      } else if (templateDepths.length > 0 && (character === '{' || character === '}')) {
        const depth = (templateDepths.at(-1) ?? 0) + (character === '{' ? 1 : -1);
        if (depth < 0) mode = 'template';
        else templateDepths[templateDepths.length - 1] = depth;
      }
      out += mode === 'code' ? character : blank(character);
      if (mode === 'block-comment') {
        out += ' ';
        at += 1;
      }
      continue;
    }
    out += blank(character);
    if (mode === 'line-comment' && character === '\n') mode = 'code';
    else if (mode === 'block-comment' && two === '*/') {
      out += ' ';
      at += 1;
      mode = 'code';
    } else if (mode === 'template') {
      if (character === '\\') {
        out += blank(source[at + 1] ?? '');
        at += 1;
      } else if (character === '`') {
        templateDepths.pop();
        mode = 'code';
      } else if (two === '${') {
        out += ' ';
        at += 1;
        mode = 'code';
        templateDepths[templateDepths.length - 1] = 0;
      }
    } else if (mode === 'regex') {
      if (character === '\\') {
        out += blank(source[at + 1] ?? '');
        at += 1;
      } else if (character === '[') inClass = true;
      else if (character === ']') inClass = false;
      else if ((character === '/' && !inClass) || character === '\n') mode = 'code';
    }
  }
  return out;
}

/** A slash after a value divides; after an operator, an opening bracket or such a word it begins a regular expression. */
function startsRegex(before: string): boolean {
  const trimmed = before.trimEnd();
  if (trimmed === '' || /[(,=:[!&|?{};+\-*%~^<>]$/.test(trimmed)) return true;
  return /(^|[^\w$.])(return|typeof|case|in|of|do|else|void|await|yield)$/.test(trimmed);
}

function endOfString(source: string, start: number): number {
  const quote = source[start];
  for (let at = start + 1; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === quote || source[at] === '\n') return at + 1;
  }
  return source.length;
}

function blank(character: string): string {
  return character === '\n' ? '\n' : ' ';
}
