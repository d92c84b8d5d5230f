import type { Texts } from '../texts.ts';

export const markdown: Texts['markdown'] = {
  code: 'Code',
  copyCode: 'Code kopieren',
  wrapLines: 'Lange Zeilen umbrechen',
  hiddenMarks: 'Enthält unsichtbare Zeichen, die die Schreibrichtung ändern',
  table: 'Tabelle',
  done: 'Erledigt',
  notDone: 'Offen',
  openImage: 'Bild öffnen',
  image: 'Bild',
  imageLeftOut: 'Bild weggelassen',
  footnotes: 'Fußnoten',
  footnote: (number) => `Fußnote ${number}`,
  backToText: 'Zurück zum Text',
  diagram: 'Diagramm',
  drawing: 'Das Diagramm wird gezeichnet',
  notDrawn: 'Dieses Diagramm lässt sich nicht zeichnen. Sein Quelltext:',
  showSource: 'Quelltext zeigen',
  showDiagram: 'Diagramm zeigen',
  copySource: 'Quelltext kopieren',
};
