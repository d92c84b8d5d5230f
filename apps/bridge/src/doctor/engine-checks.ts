import { failed, ok, skipped, warning, type Check } from './check.ts';
import { probeEngines, type EngineFinding } from './probe-engines.ts';

/** Names shown; the rest is counted. */
const SHOWN_MODELS = 5;

const TROUBLE: Record<Exclude<EngineFinding['state'], 'answers'>, readonly [found: string, advice: string]> = {
  down: [
    'nothing answers at',
    'Start it (Ollama: "ollama serve" or its app), or say where it is: cloudtolocalllm up --engine-url http://HOST:PORT',
  ],
  hung: [
    'takes connections and does not answer within 3 s at',
    'It hangs: end it and start it again (Ollama on Linux: sudo systemctl restart ollama).',
  ],
  connect: [
    '"cloudtolocalllm connect" listens, which asks other computers, and no engine, at',
    'Where connect runs, no engine is needed. If there is one, say where: cloudtolocalllm up --engine-url http://HOST:PORT',
  ],
  foreign: [
    'something that is no engine answers at',
    'Say where the engine is: cloudtolocalllm up --engine-url http://HOST:PORT',
  ],
};

/** Checks of the engines on this computer. */
export const engineChecks: readonly Check[] = [
  {
    id: 'engine',
    title: 'Engine',
    async run(facts) {
      const engines = (facts.engines = await probeEngines(facts.config, facts.running));
      const wrong = engines.find(({ state }) => state !== 'answers');
      const names = engines.map(({ url, version }) => `${version ?? 'none'} at ${url}`).join(', ');
      if (!wrong || wrong.state === 'answers') return ok(names);
      const [found, advice] = TROUBLE[wrong.state];
      // Where no bridge runs, as on a computer that only connects, none is needed.
      const isHarmless = !facts.running || engines.some(({ state }) => state === 'answers');
      return (isHarmless ? warning : failed)(`${found} ${wrong.url}`, advice);
    },
  },
  {
    id: 'models',
    title: 'Models',
    needs: ['engine'],
    async run({ engines = [] }) {
      const models = engines.flatMap((engine) => engine.models);
      if (!engines.some(({ state }) => state === 'answers')) return skipped('not checked: there is no engine');
      if (models.length === 0) return warning('the engine has none', 'Get one, such as: ollama pull llama3.2');
      const more = models.length > SHOWN_MODELS ? ` and ${models.length - SHOWN_MODELS} more` : '';
      return ok(`${models.length}: ${models.slice(0, SHOWN_MODELS).join(', ')}${more}`);
    },
  },
];
