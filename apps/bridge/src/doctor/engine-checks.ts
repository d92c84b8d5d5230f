import { failed, ok, skipped, warning, type Check } from './check.ts';
import { probeEngines, type EngineFinding } from './probe-engines.ts';

/** Names shown; the rest is counted. */
const SHOWN_MODELS = 5;

const ELSEWHERE = 'Say where the engine is: cloudtolocalllm engines add http://HOST:PORT';
const TROUBLE: Record<Exclude<EngineFinding['state'], 'up'>, readonly [found: string, advice: string]> = {
  absent: [
    'nothing answers at',
    'Start it (Ollama: "ollama serve" or its app), or say where it is: cloudtolocalllm engines add http://HOST:PORT',
  ],
  hangs: [
    'takes connections and does not answer within 3 s at',
    'It hangs: end it and start it again (Ollama on Linux: sudo systemctl restart ollama).',
  ],
  connect: [
    '"cloudtolocalllm connect" listens, which asks other computers, and no engine, at',
    'Where connect runs, no engine is needed. If there is one, say where: cloudtolocalllm engines add http://HOST:PORT',
  ],
  loading: ['is still loading its model at', 'Wait until it has: the bridge notices by itself.'],
  locked: [
    'wants another key, or one at all, at',
    'Give the key: cloudtolocalllm engines add http://HOST:PORT --ask-key',
  ],
  broken: ['something that is no engine answers at', ELSEWHERE],
  other: ['something that is no engine answers at', ELSEWHERE],
};

/** Checks of the engines on this computer. */
export const engineChecks: readonly Check[] = [
  {
    id: 'engine',
    title: 'Engine',
    async run(facts) {
      const engines = (facts.engines = await probeEngines(facts.config, facts.running));
      if (engines.length === 0) {
        const found = 'no engine answers on the usual ports of this computer';
        return (facts.running ? failed : warning)(found, TROUBLE.absent[1]);
      }
      const wrong = engines.find(({ state }) => state !== 'up');
      const names = engines.map(({ url, version }) => `${version ?? 'none'} at ${url}`).join(', ');
      if (!wrong || wrong.state === 'up') return ok(names);
      const [found, advice] = TROUBLE[wrong.state];
      // Where no bridge runs, as on a computer that only connects, none is needed.
      const isHarmless = !facts.running || engines.some(({ state }) => state === 'up');
      return (isHarmless ? warning : failed)(`${found} ${wrong.url}`, advice);
    },
  },
  {
    id: 'models',
    title: 'Models',
    needs: ['engine'],
    async run({ engines = [] }) {
      const models = engines.flatMap((engine) => engine.models);
      if (!engines.some(({ state }) => state === 'up')) return skipped('not checked: there is no engine');
      if (models.length === 0) return warning('the engine has none', 'Get one, such as: ollama pull llama3.2');
      const more = models.length > SHOWN_MODELS ? ` and ${models.length - SHOWN_MODELS} more` : '';
      return ok(`${models.length}: ${models.slice(0, SHOWN_MODELS).join(', ')}${more}`);
    },
  },
];
