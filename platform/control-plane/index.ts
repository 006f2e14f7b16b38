/** Public surface of `platform/control-plane`. */
export { CONTROL_PLANE_ERRORS } from './errors.ts';
export { decodeLabel } from './http/router.ts';
export { openControlPlane, type ControlPlane, type ControlPlaneOptions } from './open.ts';
export type { ResolvedFunction } from './resolve.ts';
