import type { Adapter, AdapterPayload } from 'oidc-provider';

/** What `oidc-provider` keeps, in memory that outlives the provider: one with new keys knows the old one's grants. */
export function mapAdapter(): (model: string) => Adapter {
  const kept = new Map<string, AdapterPayload>();
  const all = () => [...kept].map(([key, payload]) => ({ key, payload }));

  return (model) => {
    const prefix = `${model}:`;
    const first = (matches: (payload: AdapterPayload) => boolean) =>
      all().find(({ key, payload }) => key.startsWith(prefix) && matches(payload))?.payload;
    return {
      upsert: async (id, payload) => void kept.set(prefix + id, payload),
      find: async (id) => kept.get(prefix + id),
      findByUid: async (uid) => first((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => first((payload) => payload.userCode === userCode),
      destroy: async (id) => void kept.delete(prefix + id),
      async consume(id) {
        const payload = kept.get(prefix + id);
        if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
      },
      async revokeByGrantId(grantId) {
        for (const { key, payload } of all()) if (payload.grantId === grantId) kept.delete(key);
      },
    };
  };
}
