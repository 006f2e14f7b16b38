/** Where the code of a function comes from: exactly one source, and for zip functions here only the request itself. */
import { ApiError } from '../../api/index.ts';
import { CODE_ZIPPED_BYTES_MAX } from '../limits.ts';
import { invalid, notBuilt } from './settings-rules.ts';
import type { StructureReader } from './structure-reader.ts';
import type { Violations } from './violations.ts';

export type CodeInput = {
  zip: Buffer | undefined;
  s3Bucket: string | undefined;
  s3Key: string | undefined;
  s3ObjectVersion: string | undefined;
  imageUri: string | undefined;
  sourceKmsKeyArn: string | undefined;
};

export function readCode(reader: StructureReader): CodeInput {
  return {
    zip: reader.blob('ZipFile'),
    s3Bucket: reader.string('S3Bucket'),
    s3Key: reader.string('S3Key'),
    s3ObjectVersion: reader.string('S3ObjectVersion'),
    imageUri: reader.string('ImageUri'),
    sourceKmsKeyArn: reader.string('SourceKMSKeyArn'),
  };
}

/** `prefix`: the members lie in `Code` on creation and at the top of the request on update. */
export function checkCode(violations: Violations, code: CodeInput, prefix: 'code.' | ''): void {
  violations.string(`${prefix}s3Bucket`, code.s3Bucket, { min: 3, max: 63, pattern: '[0-9A-Za-z\\.\\-_]*(?<!\\.)' });
  violations.string(`${prefix}s3Key`, code.s3Key, { min: 1, max: 1024 });
  violations.string(`${prefix}s3ObjectVersion`, code.s3ObjectVersion, { min: 1, max: 1024 });
}

/** Recorded: this limit is looked at before every other member, even before the size of the request. */
export function checkZippedSize(code: CodeInput): void {
  if (code.zip === undefined || code.zip.length <= CODE_ZIPPED_BYTES_MAX) return;
  const text = `Zipped size must be smaller than ${CODE_ZIPPED_BYTES_MAX} bytes`;
  throw new ApiError('RequestEntityTooLargeException', text);
}

/**
 * The zip of the request, or the reason why there is none. Texts without a recording are quoted in public issues:
 * "Please provide a source …", "Please do not provide other …", "Uploaded file must be a non-empty zip".
 */
export function zipOf(code: CodeInput): Buffer {
  if (code.sourceKmsKeyArn !== undefined) throw notBuilt('SourceKMSKeyArn');
  const elsewhere = code.s3Bucket !== undefined || code.s3Key !== undefined || code.s3ObjectVersion !== undefined;
  if (code.zip !== undefined) {
    if (elsewhere || code.imageUri !== undefined)
      throw invalid('Please do not provide other FunctionCode parameters when providing a ZipFile.');
    if (code.zip.length === 0) throw invalid('Uploaded file must be a non-empty zip');
    return code.zip;
  }
  // No bucket exists here, so every one that is named is a bucket that does not exist.
  if (code.s3Bucket !== undefined && code.s3Key !== undefined) {
    throw invalid(
      'Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist',
    );
  }
  throw invalid('Please provide a source for function code.');
}
