/** The start environment of an external extension: the runtime's, without what belongs to the runtime alone. */
import type { ServerProfile } from '../environment-contract.ts';
import { NOT_FOR_EXTENSIONS_VARIABLES } from '../protocol/environment-variables.ts';

const WITHHELD: ReadonlySet<string> = new Set(NOT_FOR_EXTENSIONS_VARIABLES);
/** Source: RIE `rapidcore/env/environment.go`: everything with an underscore in front, and the tracing daemon. */
const WITHHELD_RIE = /^(?:_|AWS_XRAY_)/;

export function extensionVariables(runtimeVariables: Readonly<Record<string, string>>, profile: ServerProfile): Record<string, string> {
  const isWithheld = (name: string): boolean => (profile === 'rie' ? WITHHELD_RIE.test(name) : WITHHELD.has(name));
  return Object.fromEntries(Object.entries(runtimeVariables).filter(([name]) => !isWithheld(name)));
}
