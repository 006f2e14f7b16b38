/** Every code that `images/` throws, and the only place where its errors are made. */
import { CodedError, type CodedErrorOptions, type Fault } from '../foundation/coded-error.ts';

export const IMAGES_ERRORS = {
  'images/unknown-reference': { fault: 'caller', summary: 'no recipe has this reference' },
  'images/recipe-invalid': { fault: 'platform', summary: 'a recipe file does not match the schema' },
  'images/architecture-unsupported': { fault: 'environment', summary: 'the recipe or the builder does not serve this architecture' },
  'images/client-missing': { fault: 'environment', summary: 'the runtime client of this family has not been built' },
  'images/tool-missing': { fault: 'environment', summary: 'a program that building needs is not installed' },
  'images/tool-failed': { fault: 'environment', summary: 'a program that building needs ended with an error' },
  'images/language-unavailable': { fault: 'environment', summary: 'no package offers the wanted version of the language' },
  'images/package-malformed': { fault: 'environment', summary: 'a package does not have the expected form' },
  'images/package-altered': { fault: 'environment', summary: 'a stored package does not have its digest' },
  'images/archive-malformed': { fault: 'caller', summary: 'a tar archive is damaged or uses an unknown form' },
  'images/archive-hostile': { fault: 'caller', summary: 'a tar archive tries to leave its folder or holds a forbidden entry' },
  'images/archive-too-large': { fault: 'caller', summary: 'a tar archive exceeds the limits of an image' },
  'images/layout-invalid': { fault: 'caller', summary: 'an OCI layout or manifest does not have the expected form' },
  'images/digest-mismatch': { fault: 'environment', summary: 'stored bytes do not have the digest that they are stored under' },
  'images/record-damaged': { fault: 'environment', summary: 'a record of the image store cannot be read' },
  'images/tree-unsupported': { fault: 'caller', summary: 'a file tree holds something other than folders, files and links' },
} as const satisfies Record<string, { fault: Fault; summary: string }>;

export type ImagesErrorCode = keyof typeof IMAGES_ERRORS;

export function imagesError(
  code: ImagesErrorCode,
  message: string,
  extra: Pick<CodedErrorOptions, 'hint' | 'detail' | 'cause'> = {},
): CodedError {
  return new CodedError({ code, fault: IMAGES_ERRORS[code].fault, message, ...extra });
}
