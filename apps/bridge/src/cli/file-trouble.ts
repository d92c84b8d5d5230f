/** What a person can mend, by the system's code. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'it is not yours to use. Make it your own and writable, or choose another folder with CLOUDTOLOCALLLM_HOME',
  EPERM: 'it is not yours to use. Make it your own and writable, or choose another folder with CLOUDTOLOCALLLM_HOME',
  EROFS: 'nothing can be written there. Choose another folder with CLOUDTOLOCALLLM_HOME',
  ENOTDIR: 'a file is where a folder should be. Move it away, or choose another folder with CLOUDTOLOCALLLM_HOME',
  EISDIR: 'a folder is where a file should be. Move it away',
  ENOSPC: 'the disk is full. Make room and try again',
  EDQUOT: 'your share of the disk is full. Make room and try again',
};

/** What is wrong with a file or folder, for its person; undefined for every other error. */
export function fileTrouble(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return undefined;
  const reason = REASONS[String(error.code)];
  return reason && `Cannot use ${String(error.path)} (${String(error.code)}): ${reason}.`;
}
