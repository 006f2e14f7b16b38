/**
 * Recipes: data that says how one runtime identifier is built on one base (`images-and-layers.md` §4.1). A recipe holds
 * no digest and no date; what can change without an edit is in the lock.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { imagesError } from './errors.ts';
import { canonicalJson } from './store/durable-file.ts';

const debianName = z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, 'is not a Debian package name');
const linkPath = z.string().regex(/^(?:[A-Za-z0-9_][A-Za-z0-9_.+-]*\/)*[A-Za-z0-9_][A-Za-z0-9_.+-]*$/, 'is not a relative path');
const base = z.strictObject({ provider: z.literal('debian'), suite: z.enum(['bookworm', 'trixie']), profile: z.literal('slim') });

const language = z.discriminatedUnion('source', [
  /** A binary package of the npm registry; `name` without the architecture, `track` a release line. */
  z.strictObject({ source: z.literal('npm'), name: z.literal('node-linux'), track: z.string().regex(/^[1-9][0-9]*(?:\.[0-9]+){0,2}$/, 'is not a release line or version') }),
  /** Debian packages; the version is read from `versionOf`. `links` go to `/var/lang`, by name, target absolute. */
  z.strictObject({
    source: z.literal('deb'),
    packages: z.array(debianName).min(1),
    exclude: z.array(debianName),
    versionOf: debianName,
    links: z.record(linkPath, z.string().regex(/^\/[A-Za-z0-9_./+-]+$/, 'is not an absolute path')),
    /** A folder of Python modules to compile, absolute inside the image. */
    byteCode: z.strictObject({ interpreter: z.string().startsWith('/'), folders: z.array(z.string().startsWith('/')).min(1) }).optional(),
  }),
  /** A run-time image that jlink makes from the JDK in these Debian packages. */
  z.strictObject({ source: z.literal('jlink'), packages: z.array(debianName).min(1), javaHome: z.string().startsWith('/'), modules: z.array(z.string().regex(/^[a-z0-9.]+$/)).min(1) }),
]);

const recipe = z.strictObject({
  schema: z.literal(1),
  identifier: z.string().regex(/^[a-z][a-z0-9.]{0,63}$/, 'is not a runtime identifier'),
  family: z.enum(['nodejs', 'python', 'java', 'provided']),
  line: z.string().regex(/^[a-z0-9][a-z0-9.]{0,31}$/, 'is not a release line'),
  architectures: z.array(z.enum(['x86_64', 'arm64'])).min(1),
  base,
  language,
  env: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'is not a variable name'), z.string()),
  licenses: z.string(),
});

export type RecipeLanguage = z.infer<typeof language>;
export type RecipeFile = z.infer<typeof recipe>;
export type Recipe = RecipeFile & { reference: string; recipeDigest: string };

/** The folder of the recipes that come with rik. */
export const RECIPES_FOLDER = join(dirname(fileURLToPath(import.meta.url)), 'recipes');

/** Reads and checks every `<identifier>@<base>/recipe.json` of the folder, in byte order. */
export function loadRecipes(folder: string = RECIPES_FOLDER): Recipe[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((reference) => parseRecipe(reference, readFileSync(join(folder, reference, 'recipe.json'), 'utf8')));
}

/** Throws `images/recipe-invalid` with a JSON pointer for each violation. */
export function parseRecipe(reference: string, text: string): Recipe {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw imagesError('images/recipe-invalid', `the recipe of ${reference} is not JSON`, { cause });
  }
  const parsed = recipe.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `/${issue.path.map(pointerPart).join('/')}: ${issue.message}`);
    throw imagesError('images/recipe-invalid', `the recipe of ${reference} does not match the schema: ${problems.join('; ')}`, { detail: { problems } });
  }
  const expected = `${parsed.data.identifier}@${parsed.data.base.provider}`;
  if (expected !== basename(reference)) throw imagesError('images/recipe-invalid', `the recipe in ${reference} says that it is ${expected}`);
  return { ...parsed.data, reference: expected, recipeDigest: `sha256:${createHash('sha256').update(canonicalJson(parsed.data)).digest('hex')}` };
}

/** RFC 6901 escaping. */
function pointerPart(part: PropertyKey): string {
  return String(part).replaceAll('~', '~0').replaceAll('/', '~1');
}
