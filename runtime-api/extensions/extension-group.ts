/** The extensions of one life of the environment, registrations and processes together, as the environment deals with them. */
import type { Clock } from '../../foundation/clock.ts';
import type { EnvironmentConfiguration, ServerProfile } from '../environment-contract.ts';
import { extensionFailure, extensionLaunchFailure } from '../failures.ts';
import type { Failure } from '../failures.ts';
import { extensionLine } from '../log-lines.ts';
import { tooManyExtensionsMessage } from '../protocol/extension-messages.ts';
import type { ShutdownReason } from '../protocol/extension-states.ts';
import type { ExitReport } from '../protocol/invocation.ts';
import { EXTENSIONS_MAX } from '../protocol/limits.ts';
import { extensionExitText } from '../protocol/messages.ts';
import { serverVariables } from '../server-variables.ts';
import type { Launcher, RunningProcess } from '../supervisor/launcher.ts';
import type { ExtensionStanding } from '../telemetry/life-events.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { findExtensions } from './discovery.ts';
import type { FoundExtensions } from './discovery.ts';
import type { Extension } from './extension.ts';
import { ExtensionProcesses } from './extension-processes.ts';
import { ExtensionRegistry } from './registry.ts';
import { shutDownProcesses } from './shut-down.ts';

/** After so long somebody should be told whom everything waits for. No source; RIE says nothing and looks dead. */
const NOTICE_MS = 3_000;

export type ExtensionGroupOptions = {
  clock: Clock;
  launcher: Launcher;
  configuration: EnvironmentConfiguration;
  runtimeApiAddress: string;
  telemetry?: Telemetry | undefined;
  /** A line for the log. */
  print(line: string): void;
  listener: {
    /** All external extensions have registered. Once; at once where there are none. */
    runtimeMayStart(): void;
    /** One blocks in `event/next`. */
    extensionWaiting(): void;
    /** It said so itself and will exit; or it has ended. */
    extensionFailed(failure: Failure, what: { name: string; hasEnded: boolean }): void;
    /** There is at least one. */
    extensionsFound(): void;
  };
};

export class ExtensionGroup {
  readonly registry: ExtensionRegistry;
  readonly #options: ExtensionGroupOptions;
  readonly #found: FoundExtensions;
  readonly #processes: ExtensionProcesses;
  readonly #profile: ServerProfile;
  #hasRuntimeStarted = false;
  #hasToldOfExtensions = false;
  #cancelNotice: (() => void) | undefined;

  constructor(options: ExtensionGroupOptions) {
    const { configuration, launcher, runtimeApiAddress } = options;
    this.#options = options;
    this.#profile = configuration.profile ?? 'aws';
    this.#found = findExtensions(configuration.layersRoot);
    this.registry = new ExtensionRegistry({
      externalNames: this.#found.files.map((file) => file.name),
      isDisabled: this.#found.isDisabled,
      telemetry: options.telemetry,
      isConcurrent: configuration.maxConcurrency !== undefined,
      identity: {
        functionName: configuration.variables['AWS_LAMBDA_FUNCTION_NAME'] ?? '',
        functionVersion: configuration.variables['AWS_LAMBDA_FUNCTION_VERSION'] ?? '',
        handler: configuration.variables['_HANDLER'] ?? '',
        accountId: configuration.accountId,
      },
      listener: {
        extensionMoved: () => this.#moved(),
        extensionFailed: (extension, kind) => this.#reported(extension, kind),
      },
    });
    this.#processes = new ExtensionProcesses({
      launcher,
      files: this.#found.files,
      runtimeVariables: { ...configuration.variables, ...serverVariables(configuration, runtimeApiAddress) },
      profile: this.#profile,
      listener: {
        launchFailed: (name, path, reason) => this.#launchFailed(name, path, reason),
        exited: (name, exit) => this.#exited(name, exit),
      },
    });
  }

  /** Starts the external extensions, and says through the listener when the runtime's turn is. */
  start(): void {
    const count = this.#found.files.length;
    if (count > EXTENSIONS_MAX) {
      const failure = extensionFailure('Extension.LaunchError', tooManyExtensionsMessage(EXTENSIONS_MAX));
      return this.#options.listener.extensionFailed(failure, { name: '', hasEnded: true });
    }
    if (count === 0) return this.#startRuntime();
    this.#tellOfExtensions();
    this.#watch('register', () => this.registry.externals.filter((extension) => !extension.isRegistered));
    this.#processes.start();
  }

  /** Whether the initialisation is complete as far as extensions go. If not somebody is told after a while. */
  isInitialized(): boolean {
    if (!this.registry.areAllReady) this.#watch('call next', () => this.registry.all.filter((extension) => extension.state !== 'Ready'));
    else this.#calm();
    return this.registry.areAllReady;
  }

  /** The same of the invocation. */
  isInvocationDone(): boolean {
    if (!this.registry.areSubscribersReady) {
      this.#watch('call next', () => this.registry.all.filter((extension) => extension.events.includes('INVOKE') && !extension.isDone));
    } else this.#calm();
    return this.registry.areSubscribersReady;
  }

  /** The lines of the log for the end of an initialisation, in text format; RIE has none on its output. */
  initLines(): string {
    if (this.#profile === 'rie' || this.#options.configuration.logging?.format === 'JSON') return '';
    return this.initStandings().map(extensionLine).join('');
  }

  /** Where those that have come so far stand. */
  initStandings(): ExtensionStanding[] {
    return this.registry.all.filter((extension) => extension.state !== 'Started').map(standingOf);
  }

  /** Without any extension there is nothing to wait for: everything may be killed at once. */
  get needsTimeToEnd(): boolean {
    return !this.registry.isEmpty;
  }

  /** Ends the runtime and the extensions in their order, with `beforeExtensions` in between; resolves when they are gone. */
  async shutDown(runtime: RunningProcess | undefined, reason: ShutdownReason, beforeExtensions: () => Promise<void>): Promise<void> {
    this.#calm();
    const { clock } = this.#options;
    await shutDownProcesses({ clock, profile: this.#profile, reason, runtime, registry: this.registry, processes: this.#processes, beforeExtensions });
  }

  /** At once, all of them. */
  kill(): void {
    this.#calm();
    this.#processes.beginEnding();
    for (const process of this.#processes.running.values()) process.kill();
  }

  #moved(): void {
    this.#tellOfExtensions();
    if (!this.#hasRuntimeStarted) {
      if (this.registry.areExternalsRegistered) this.#startRuntime();
    } else this.#options.listener.extensionWaiting();
  }

  #startRuntime(): void {
    this.#hasRuntimeStarted = true;
    this.#calm();
    this.#options.listener.runtimeMayStart();
  }

  #reported(extension: Extension, kind: 'initError' | 'exitError'): void {
    const failure = extensionFailure(kind === 'initError' ? 'Extension.InitError' : 'Extension.ExitError', extension.reportedType ?? '');
    this.#options.listener.extensionFailed(failure, { name: extension.name, hasEnded: false });
  }

  #launchFailed(name: string, path: string, reason: string): void {
    this.#external(name)?.step('launchFailed');
    this.#options.listener.extensionFailed(extensionLaunchFailure(path, reason), { name, hasEnded: true });
  }

  /** Whatever its status: an extension has to stay for as long as the environment does. */
  #exited(name: string, exit: ExitReport): void {
    const extension = this.#external(name);
    extension?.step('processExited');
    const type = extension?.state === 'InitError' ? 'Extension.InitError' : extension?.state === 'ExitError' ? 'Extension.ExitError' : 'Extension.Crash';
    this.#options.listener.extensionFailed(extensionFailure(type, extensionExitText(exit)), { name, hasEnded: true });
  }

  #external(name: string): Extension | undefined {
    return this.registry.externals.find((extension) => extension.name === name);
  }

  #tellOfExtensions(): void {
    if (this.#hasToldOfExtensions) return;
    this.#hasToldOfExtensions = true;
    this.#options.listener.extensionsFound();
  }

  #watch(what: 'register' | 'call next', laggards: () => Extension[]): void {
    const { clock, print } = this.#options;
    this.#cancelNotice ??= clock.schedule(NOTICE_MS, () => {
      for (const { name } of laggards()) print(`rik: waiting for extension ${oneLine(name)} to ${what}\n`);
    });
  }

  #calm(): void {
    this.#cancelNotice?.();
    this.#cancelNotice = undefined;
  }
}

function standingOf(extension: Extension): ExtensionStanding {
  const errorType = extension.state === 'LaunchError' ? 'Extension.LaunchError' : extension.reportedType;
  return { name: extension.name, state: extension.state, events: extension.events, errorType };
}

function oneLine(name: string): string {
  return name.replace(/[\0-\x1f\x7f]/g, ' ');
}
