/** KVM for the microVM backend. That the device opens does not mean that a guest boots; the backend's own probe boots one. */

import { closeSync, openSync } from 'node:fs';
import { missing, ok, type Finding } from './finding.ts';

export function examineKvm(path = '/dev/kvm'): Finding {
  try {
    closeSync(openSync(path, 'r+'));
    return ok('kvm', 'optional', `${path} opens`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const isForbidden = code === 'EACCES' || code === 'EPERM';
    return missing('kvm', 'optional', `${path} does not open (${code})`, { fix: isForbidden ? 'membership of the group kvm' : 'a machine with hardware virtualisation; only microVMs need it' });
  }
}
