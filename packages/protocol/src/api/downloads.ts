import { z } from 'zod';

/** A package of the bridge that the relay hands out. */
export const bridgePackage = z.object({
  kind: z.enum(['npm', 'executable', 'deb']),
  platform: z.string().meta({ description: '`any`, or such as `linux-x64`: `process.platform` and `process.arch`.' }),
  version: z.string(),
  name: z.string().meta({ description: "The file's name." }),
  size: z.int().meta({ description: 'In bytes.' }),
  sha256: z.string(),
  url: z.url(),
});
export type BridgePackage = z.infer<typeof bridgePackage>;

/** `GET /api/downloads`, public: what a person installs on the computer with their models. */
export const downloads = z.object({ packages: z.array(bridgePackage) }).meta({
  id: 'Downloads',
  description: 'Empty where the relay was built without them.',
  examples: [
    {
      packages: [
        {
          kind: 'npm',
          platform: 'any',
          version: '0.1.0',
          name: 'cloudtolocalllm-0.1.0.tgz',
          size: 412_345,
          sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
          url: 'https://app.cloudtolocalllm.online/download/cloudtolocalllm-0.1.0.tgz',
        },
      ],
    },
  ],
});
export type Downloads = z.infer<typeof downloads>;
