import type { Texts } from '../texts.ts';

export const models: Texts['models'] = {
  none: 'Noch kein Modell',
  picker: (model) => `Modell: ${model}`,
  choose: 'Modell wählen',
  search: 'Modelle und Computer durchsuchen',
  nothing: 'Kein Modell mit diesem Namen',
  missing: (model) => `${model} (gerade nicht verfügbar)`,
  away: (computer) => `${computer} (nicht da)`,
  inMemory: (computer) => `${computer}, im Speicher`,
  default: 'Standard',
  makeDefault: (model) => `${model} für neue Unterhaltungen verwenden`,
  removeDefault: (model) => `${model} nicht mehr für neue Unterhaltungen verwenden`,
  settings: 'Einstellungen der Unterhaltung',
  settingsLead:
    'Sie gelten für diese Unterhaltung, von der nächsten Antwort an. Was leer bleibt, ist so, wie das Modell es hat.',
  systemPrompt: 'System-Prompt',
  systemPromptHint: 'Was dem Modell vor allem anderen gesagt wird, zum Beispiel: Antworte kurz.',
  options: {
    temperature: { label: 'Temperatur', hint: '0 ist nüchtern, 1 und mehr ist verspielt' },
    top_p: { label: 'Top P', hint: '0 bis 1: wie viele unwahrscheinliche Wörter infrage kommen' },
    num_ctx: { label: 'Kontext', hint: 'Tokens, auf die das Modell zurückblickt' },
    seed: { label: 'Seed', hint: 'Dieselbe Zahl gibt dieselbe Antwort' },
    keep_alive: { label: 'Im Speicher halten', hint: 'Zum Beispiel 5m oder 1h; -1 für immer' },
    stop: { label: 'Aufhören bei', hint: 'Ein Text je Zeile; dort endet die Antwort' },
    think: { label: 'Nachdenken', hint: 'Für Modelle, die vorher nachdenken können' },
  },
  think: { default: 'Automatisch', true: 'An', false: 'Aus', low: 'Wenig', medium: 'Mittel', high: 'Viel' },
  save: 'Speichern',
  welcome: 'Was beschäftigt dich?',
  answeredAtHome: 'Beantwortet zu Hause, auf deinem eigenen Computer.',
  answeredBy: (model, computer) => `Beantwortet von ${model} auf ${computer}.`,
};
