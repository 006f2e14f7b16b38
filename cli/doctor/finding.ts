/** What one check of `rik doctor` found out. */

export type Finding = {
  /** Stable; part of the JSON form. */
  name: string;
  status: 'ok' | 'missing';
  /** `required`: without it the main job, running functions in isolated environments, cannot be done here. */
  needed: 'required' | 'optional';
  /** What is there, or why it does not count. */
  found: string;
  /** What to do about it: a command, or a sentence part. Only with `missing`. */
  fix?: string;
  /** The Debian package that brings it. Only with `missing`. */
  debianPackage?: string;
};

/** The machine as the checks see it; tests give their own. */
export type Host = {
  environment: Readonly<Record<string, string | undefined>>;
  isRoot: boolean;
  platform: NodeJS.Platform;
  architecture: string;
};

export function ok(name: string, needed: Finding['needed'], found: string): Finding {
  return { name, status: 'ok', needed, found };
}

export function missing(name: string, needed: Finding['needed'], found: string, remedy: { fix?: string; debianPackage?: string }): Finding {
  return { name, status: 'missing', needed, found, ...remedy };
}
