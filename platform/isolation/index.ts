/** Isolation backends: how a worker makes, limits, freezes, empties and removes execution environments. */
export type { Architecture, IsolationBackend, Sandbox, SandboxContent, SandboxEnd, SandboxLimits, SandboxPaths, SandboxRequest, SandboxStats } from './backend.ts';
export { CAPABILITIES, refuseMissing } from './capabilities.ts';
export type { Capabilities, Capability, CapabilityName, Requirement } from './capabilities.ts';
export { ISOLATION_ERRORS } from './errors.ts';
export type { IsolationErrorCode } from './errors.ts';
export { closeInheritedDescriptors } from './inherited-descriptors.ts';
export { INNER_GID, INNER_UID } from './limits.ts';
export { openNamespaceBackend } from './namespace-backend.ts';
export type { NamespaceBackendOptions } from './namespace-backend.ts';
export { platformFolder } from './platform-folder.ts';
export type { PlatformFolder, PlatformFolderOptions } from './platform-folder.ts';
export { NO_ISOLATION_WARNING, openProcessBackend } from './process-backend.ts';
export type { ProcessBackendOptions } from './process-backend.ts';
export { detectCgroupLayout } from './cgroup/cgroup-layout.ts';
export type { CgroupLayout } from './cgroup/cgroup-layout.ts';
export { findTools, TOOLS } from './tools.ts';
export type { ToolName, ToolReport } from './tools.ts';
export { ROOT_FOLDERS } from './launch/bubblewrap-arguments.ts';
