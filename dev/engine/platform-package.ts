import { InstallError } from './install-error.ts';

/** node-llama-cpp's prebuilt binaries that need no GPU toolkit, by `process.platform` and `process.arch`. */
const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@node-llama-cpp/linux-x64',
  'linux-arm64': '@node-llama-cpp/linux-arm64',
  'linux-arm': '@node-llama-cpp/linux-armv7l',
  'linux-riscv64': '@node-llama-cpp/linux-riscv64',
  'darwin-arm64': '@node-llama-cpp/mac-arm64-metal',
  'darwin-x64': '@node-llama-cpp/mac-x64',
  'win32-x64': '@node-llama-cpp/win-x64',
  'win32-arm64': '@node-llama-cpp/win-arm64',
};

/**
 * Names the package with llama.cpp's binary for this computer.
 * @throws InstallError `unsupported-platform` where there is none.
 */
export function platformPackage(platform = process.platform, arch: string = process.arch, glibc = hasGlibc()): string {
  const name = PACKAGES[`${platform}-${arch}`];
  if (name === undefined)
    throw new InstallError('unsupported-platform', `llama.cpp has no ready binary for ${platform} on ${arch}.`);
  if (platform === 'linux' && !glibc) {
    throw new InstallError(
      'unsupported-platform',
      'llama.cpp has no ready binary for a Linux without glibc, such as Alpine.',
    );
  }
  return name;
}

function hasGlibc(): boolean {
  if (process.platform !== 'linux') return false;
  // The report would otherwise look up every open socket's host name, which can take seconds.
  Object.assign(process.report, { excludeNetwork: true }); // not in Node's types yet
  // Node types the report as a bare object; its header is documented.
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime !== undefined;
}
