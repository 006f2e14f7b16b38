/** Environment and labels in an image's configuration: the same for all runtimes (`images-and-layers.md` §2.2, §2.3). */
import type { Recipe } from '../recipe.ts';

/** Values of Lambda's own base images; `LANG` is the locale that Debian's C library has built in. */
export const IMAGE_ENVIRONMENT = {
  LANG: 'C.UTF-8',
  TZ: ':/etc/localtime',
  PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
  LD_LIBRARY_PATH: '/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib',
  LAMBDA_TASK_ROOT: '/var/task',
  LAMBDA_RUNTIME_DIR: '/var/runtime',
} as const;

export function imageEnvironment(recipe: Recipe): Record<string, string> {
  return { ...IMAGE_ENVIRONMENT, ...recipe.env };
}

export type LabelFacts = { languageVersion: string; glibc: string; epochS: number; baseLayerSha256: string };

/** No label holds an address or a date of building; `base.digest` is that of the base layer's archive. */
export function imageLabels(recipe: Recipe, facts: LabelFacts): Record<string, string> {
  return {
    'org.opencontainers.image.title': recipe.reference,
    'org.opencontainers.image.version': facts.languageVersion,
    'org.opencontainers.image.created': new Date(facts.epochS * 1000).toISOString(),
    'org.opencontainers.image.revision': recipe.recipeDigest,
    'org.opencontainers.image.base.name': `${recipe.base.provider}:${recipe.base.suite}`,
    'org.opencontainers.image.base.digest': `sha256:${facts.baseLayerSha256}`,
    'org.opencontainers.image.licenses': recipe.licenses,
    'dev.lambda-runtime.identifier': recipe.identifier,
    'dev.lambda-runtime.line': recipe.line,
    'dev.lambda-runtime.glibc': facts.glibc,
  };
}
