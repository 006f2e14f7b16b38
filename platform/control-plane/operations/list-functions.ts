/** ListFunctions, in pages. The marker is opaque to callers: it holds the name after which the next page begins. */
import { invalid } from '../input/settings-rules.ts';
import { serialization } from '../input/structure-reader.ts';
import { Violations } from '../input/violations.ts';
import { PAGE_ITEMS_MAX, PAGE_ITEMS_REQUESTED_MAX } from '../limits.ts';
import { LATEST } from '../names/function-reference.ts';
import { listedConfiguration } from './function-configuration.ts';
import type { Operation } from './operation.ts';

export const listFunctions: Operation = {
  readsBody: false,
  run({ store, identity }, { query }) {
    const functionVersion = query.get('FunctionVersion') ?? undefined;
    const maxItems = integerOf(query.get('MaxItems'));
    const violations = new Violations();
    violations.string('functionVersion', functionVersion, { oneOf: ['ALL'] });
    violations.integer('maxItems', maxItems, { min: 1, max: PAGE_ITEMS_REQUESTED_MAX });
    violations.throwIfAny();
    const marker = query.get('Marker');
    const after = marker === null || marker === '' ? '' : openMarker(marker);

    const rest = store.list().filter((record) => record.functionName > after);
    const page = rest.slice(0, Math.min(maxItems ?? PAGE_ITEMS_MAX, PAGE_ITEMS_MAX));
    const last = page.at(-1);
    // With ALL the unpublished version is one of several and is shown with its qualifier.
    const qualifier = functionVersion === 'ALL' ? LATEST : undefined;
    return {
      status: 200,
      body: {
        Functions: page.map((record) => listedConfiguration(identity, record, qualifier)),
        ...(last === undefined || page.length === rest.length ? {} : { NextMarker: makeMarker(last.functionName) }),
      },
    };
  },
};

function integerOf(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (!/^-?\d{1,10}$/.test(text)) throw serialization('STRING_VALUE can not be converted to an Integer');
  return Number(text);
}

/** The prefix tells a marker of another operation, or of another time, from one of this list. */
const MARKER_PREFIX = 'functions:1:';

function makeMarker(functionName: string): string {
  return Buffer.from(MARKER_PREFIX + functionName).toString('base64url');
}

function openMarker(marker: string): string {
  const opened = Buffer.from(marker, 'base64url').toString();
  if (!opened.startsWith(MARKER_PREFIX) || makeMarker(opened.slice(MARKER_PREFIX.length)) !== marker)
    throw invalid('Invalid Marker');
  return opened.slice(MARKER_PREFIX.length);
}
