/** A text short enough to print and compare, long enough to tell bodies apart: each has its number in front. */
const SHOWN_CHARACTERS_MAX = 160;

export function digest(text: string): string {
  return text.length <= SHOWN_CHARACTERS_MAX ? text : `${text.slice(0, 40)}…${text.length}`;
}
