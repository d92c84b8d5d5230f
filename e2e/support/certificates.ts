import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export interface Certificate {
  key: string;
  cert: string;
}

/** An authority of the test's own, as a company has one. */
export class Authority {
  readonly certPath: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.certPath = join(folder, 'authority.pem');
  }

  /** Makes it in this folder. */
  static async create(folder: string, name: string): Promise<Authority> {
    const authority = new Authority(folder);
    const files = ['-keyout', join(folder, 'authority.key'), '-out', authority.certPath];
    await run('openssl', ['req', '-x509', ...KEY, ...files, '-days', '30', '-subj', `/O=${name}/CN=${name}`]);
    return authority;
  }

  /** A certificate for this name, `days` from now on; -1 = it ended yesterday. */
  async issue(host: string, days: number): Promise<Certificate> {
    const base = join(this.#folder, crypto.randomUUID());
    const names = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
    await run('openssl', ['req', ...KEY, '-keyout', `${base}.key`, '-out', `${base}.csr`, ...names]);
    const signer = ['-CA', this.certPath, '-CAkey', join(this.#folder, 'authority.key'), '-CAcreateserial'];
    const what = ['-in', `${base}.csr`, '-out', `${base}.pem`, '-copy_extensions', 'copy', '-days', String(days)];
    await run('openssl', ['x509', '-req', ...signer, ...what]);
    return { key: await readFile(`${base}.key`, 'utf8'), cert: await readFile(`${base}.pem`, 'utf8') };
  }

  /** One that vouches for itself. */
  async selfSigned(host: string): Promise<Certificate> {
    const base = join(this.#folder, crypto.randomUUID());
    const names = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
    await run('openssl', ['req', '-x509', ...KEY, '-keyout', `${base}.key`, '-out', `${base}.pem`, ...names]);
    return { key: await readFile(`${base}.key`, 'utf8'), cert: await readFile(`${base}.pem`, 'utf8') };
  }
}
