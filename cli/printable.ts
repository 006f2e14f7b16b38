/**
 * Text that came from elsewhere (an API answer, a file name, a tool) may hold escape sequences that move the cursor or
 * rename the terminal. What people see has them spelled out; `--json` needs no such care.
 */

const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function escapeControls(text: string, options: { keepNewlines?: boolean } = {}): string {
  return text.replace(CONTROLS, (character) => {
    if (options.keepNewlines === true && character === '\n') return character;
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
