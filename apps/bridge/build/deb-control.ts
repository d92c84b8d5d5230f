import type { SourceManifest } from './source-manifest.ts';

/** Debian's names of what Node calls otherwise. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  ppc64: 'ppc64el',
  s390x: 's390x',
};
/** What Node's own builds for Linux are linked with: Debian 10 and Ubuntu 20.04 have it. */
const DEPENDS = 'libc6 (>= 2.28), libgcc-s1 | libgcc1, libstdc++6 (>= 8)';

/** Of the package, after the program's own: 2 when the package was made anew of the same program. */
const REVISION = 1;

export interface DebName {
  version: string;
  architecture: string;
  file: string;
}

export function debName({ name, version }: SourceManifest, arch: string = process.arch): DebName {
  const architecture = ARCHITECTURES[arch];
  if (architecture === undefined) throw new Error(`Cannot build the Debian package: Debian has no name for ${arch}`);
  // Debian sorts what follows a tilde before nothing: 1.0.0~rc.1 is older than 1.0.0.
  const debian = `${version.replace('-', '~')}-${REVISION}`;
  return { version: debian, architecture, file: `${name}_${debian}_${architecture}.deb` };
}

export interface DebFacts {
  /** `name <address>`. */
  maintainer: string;
  /** Of all its files. */
  installedBytes: number;
}

/** The package's control file (Debian Policy 5.3). */
export function debControl(manifest: SourceManifest, name: DebName, { maintainer, installedBytes }: DebFacts): string {
  return `Package: ${manifest.name}
Version: ${name.version}
Section: net
Priority: optional
Architecture: ${name.architecture}
Maintainer: ${maintainer}
Installed-Size: ${Math.ceil(installedBytes / 1024)}
Depends: ${DEPENDS}
Recommends: libayatana-appindicator3-1
Suggests: gnome-keyring
Description: bridge from local language models to your own relay
 It connects this computer to a relay that you or your team host, and only
 dials out: nothing listens.
 .
 Ollama, LM Studio, llama.cpp, vLLM and whatever else speaks OpenAI's API is
 then reached from anywhere.
`;
}

/** Debian's own changelog (Debian Policy 4.4), by the maintainer. */
export function debChangelog(manifest: SourceManifest, name: DebName, maintainer: string, date: Date): string {
  // RFC 5322's date, with a zone in digits.
  const when = date.toUTCString().replace('GMT', '+0000');
  return `${manifest.name} (${name.version}) stable; urgency=medium

  * Version ${manifest.version}. What is new in it is in CHANGELOG.md of the sources.

 -- ${maintainer}  ${when}
`;
}

/** The copyright file (www.debian.org/doc/packaging-manuals/copyright-format/1.0); `license` is ours in full. */
export function debCopyright({ name }: SourceManifest, license: string, notices: string): string {
  const text = license.trim().split('\n').slice(2); // below its title and an empty line
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: CloudToLocalLLM
Comment: Node.js and libraries are inside of the program. Their own licences are in
 full in ${notices}.

Files: *
Copyright: 2026 CloudToLocalLLM contributors
License: Expat
${text.map((line) => ` ${line || '.'}`).join('\n')}

Files: /usr/bin/${name}
Copyright: 2026 CloudToLocalLLM contributors, Node.js contributors and others
License: Expat
`;
}
