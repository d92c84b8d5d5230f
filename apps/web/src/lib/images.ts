import type { Client } from '@cloudtolocalllm/sdk';

/** Pictures of messages, by attachment: an `img` can't bring the token that the relay wants. */
export type Images = {
  /** An address for `img`; the same one for as long as the person is signed in. */
  load(attachmentId: string): Promise<string>;
  clear(): void;
};

export type ImagesOptions = {
  bytes: Client['attachments']['bytes'];
  urls: Pick<typeof URL, 'createObjectURL' | 'revokeObjectURL'>;
};

export function createImages({ bytes, urls }: ImagesOptions): Images {
  const loaded = new Map<string, Promise<string>>();
  return {
    load(attachmentId) {
      let url = loaded.get(attachmentId);
      if (url === undefined) {
        url = bytes(attachmentId).then((blob) => urls.createObjectURL(blob));
        loaded.set(attachmentId, url);
        // A failure is not kept: the next look asks again.
        url.catch(() => loaded.delete(attachmentId));
      }
      return url;
    },
    clear() {
      for (const url of loaded.values()) void url.then(urls.revokeObjectURL, () => {});
      loaded.clear();
    },
  };
}
