import { join } from 'node:path';
import { type DockerLimits, limitsOf } from './docker-api.ts';
import { IMAGE_PROGRAM, IMAGE_SOCKETS, IMAGE_USER } from './docker-image.ts';
import { BRIDGE_SOCKET, CLIENT_SOCKET, type WorkerSockets } from './docker-sockets.ts';
import { NODE_FLAGS } from './worker-process.ts';

/** Until a proxy's own limits are set. */
const WARM_LIMITS: DockerLimits = { memoryBytes: 256 * 1024 * 1024, cpus: 1 };
/** Node itself has a handful of threads. */
const MAX_PROCESSES = 32;
const MAX_OPEN_FILES = 64;
/** What it writes to its standard error is kept for the words of a crash. */
const LOG_SIZE = '64k';

export interface ContainerOptions {
  /** Id of the image. */
  image: string;
  labels: Record<string, string>;
  /** The only folder of the host's that it sees. */
  sockets: Pick<WorkerSockets, 'folder'>;
}

/** Body of ContainerCreate for a worker: it has no network, no rights, and nothing that it could write to. */
export function containerConfiguration({ image, labels, sockets }: ContainerOptions): object {
  return {
    Image: image,
    Cmd: [
      ...NODE_FLAGS,
      '--disallow-code-generation-from-strings',
      IMAGE_PROGRAM,
      '--client-socket',
      join(IMAGE_SOCKETS, CLIENT_SOCKET),
      '--bridge-socket',
      join(IMAGE_SOCKETS, BRIDGE_SOCKET),
    ],
    User: IMAGE_USER,
    WorkingDir: '/',
    Hostname: 'proxy',
    Labels: labels,
    AttachStdout: false,
    AttachStderr: false,
    NetworkDisabled: true,
    // It keeps nothing that it could save; and as the first process of its container it would ignore SIGTERM.
    StopSignal: 'SIGKILL',
    HostConfig: {
      ...limitsOf(WARM_LIMITS),
      NetworkMode: 'none',
      IpcMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: MAX_PROCESSES,
      Ulimits: [
        { Name: 'nofile', Soft: MAX_OPEN_FILES, Hard: MAX_OPEN_FILES },
        // A dump of its memory would hold what people wrote.
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      Mounts: [{ Type: 'bind', Source: sockets.folder, Target: IMAGE_SOCKETS, ReadOnly: true }],
      // Kept until it is known why it ended.
      AutoRemove: false,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': LOG_SIZE, 'max-file': '1' } },
    },
  };
}
