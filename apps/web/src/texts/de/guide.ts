import type { Texts } from '../texts.ts';

export const guide: Texts['guide'] = {
  title: 'Einen Computer verbinden',
  lead: 'Deine Modelle laufen auf deinem eigenen Computer. Ein kleines Programm dort, die Bridge, wählt sich zu diesem Relay ein; kein Port wird geöffnet.',
  skip: 'Erst einmal überspringen',
  systems: { linux: 'Linux', macos: 'macOS', windows: 'Windows' },
  systemsLabel: 'System des Computers',
  runTitle: 'Die Bridge starten',
  runLead: 'Auf dem Computer mit deinen Modellen:',
  install: {
    linux: 'Einmal installieren, mit Node 24 oder neuer:',
    macos: 'Einmal installieren, mit Node 24 oder neuer (von nodejs.org):',
    windows: 'Einmal installieren, mit Node 24 oder neuer (von nodejs.org):',
  },
  installCopy:
    'In einer Kopie dieses Projekts, einmal, mit Node 24 oder neuer (auf einem 64-Bit-PC mit Linux auch Node 20):',
  withoutNode: 'Oder ohne Node:',
  connect: 'Anmelden und verbinden:',
  connectSecond: 'Und dann, wenn das „Signed in“ gesagt hat:',
  windowsHint: 'Mit „.cmd“, weil die PowerShell es ohne vielleicht nicht ausführt.',
  service: 'Wenn alles geht, startet es so stattdessen mit dem Computer:',
  needsTitle: 'Was dafür nötig ist',
  engineNeeds:
    'Ein Programm, das Modelle ausführt: Ollama, LM Studio, llama.cpp, vLLM oder ein anderes mit der API von OpenAI. Auf seinem üblichen Port findet die Bridge es von selbst.',
  tunnel:
    'Bei diesem Relay kann sich nur sein eigener Computer anmelden. Ein anderer braucht einen Tunnel dorthin, der offen bleibt, solange die Bridge läuft:',
  name: 'Name des Computers',
  namePlaceholder: 'Studio-PC',
  codeTitle: 'Den Code der Bridge bestätigen',
  codeLead: 'Die Bridge zeigt eine Adresse und einen Code. Öffne die Adresse, oder gib den Code hier ein:',
  codeLeadExternal:
    'Die Bridge zeigt eine Adresse und einen Code. Öffne diese Adresse, auf einem beliebigen Gerät, melde dich dort an und bestätige den Code.',
  code: 'Code',
  codeGo: 'Bestätigen',
  codeNew: 'Öffnet sich in einem neuen Tab; hier geht es von selbst weiter.',
  testTitle: 'Den ganzen Weg prüfen',
  waiting: 'Wartet, bis ein Computer erscheint…',
  already: (name) => `${name} ist schon verbunden.`,
  testNamed: (name) => `Den Weg zu ${name} prüfen`,
  testing: (name) => `Der Weg zu ${name}`,
  again: 'Noch einmal prüfen',
  steps: { relay: 'Relay', computer: 'Computer', engine: 'Engine', model: 'Modell', answer: 'Erste Worte' },
  phases: { waiting: 'noch nicht geprüft', running: 'wird geprüft', done: 'geht', failed: 'geht nicht' },
  relayDone: (milliseconds) => `Antwortet in ${milliseconds} ms`,
  computerDone: (name) => `${name} ist verbunden`,
  engineDone: (engine) => `${engine} antwortet`,
  modelDone: (model) => `${model} ist installiert`,
  answerRunning: (model) =>
    `${model} wird gefragt. Wenn es erst von der Festplatte gelesen werden muss, dauert das bis zu einer Minute.`,
  answerDone: (seconds) => `Nach ${seconds}`,
  relayFailed: 'Das Relay antwortet nicht. Prüfe deine Verbindung.',
  computerFailed:
    'Er ist nicht mehr verbunden. Sieh nach, was die Bridge in ihrem Terminal sagt; hier geht es von selbst weiter.',
  engineFailed:
    'Die Bridge läuft, aber keine Engine antwortet ihr. Starte dort Ollama; hier geht es von selbst weiter.',
  modelFailed: 'Es gibt noch kein Modell. Mit diesem Befehl bekommst du eins; hier geht es von selbst weiter.',
  answerFailed: 'Das Modell hat nicht geantwortet.',
  allDone: 'Alles geht',
  startChat: 'Unterhaltung beginnen',
  starters: 'Ideen für den Anfang',
  prompts: [
    { title: 'Etwas erklären', text: 'Erkläre, wie eine Wärmepumpe funktioniert, als wäre ich zwölf.' },
    {
      title: 'Einen Text schreiben',
      text: 'Schreib eine freundliche Nachricht an meine Nachbarn über ein Fest am Samstagabend.',
    },
    {
      title: 'Eine Woche planen',
      text: 'Plane fünf einfache Abendessen für diese Woche, mit einer Einkaufsliste für alle.',
    },
    {
      title: 'Code lesen',
      text: 'Was passt auf diesen regulären Ausdruck, und wie ginge er einfacher: ^(\\d{1,3}\\.){3}\\d{1,3}$',
    },
  ],
};
