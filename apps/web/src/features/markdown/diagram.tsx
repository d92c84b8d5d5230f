import { CodeXml, Workflow } from 'lucide-react';
import { useRef, useState } from 'react';
import { CodeBlock } from '../../components/code-block.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { WaitingDots } from '../../components/waiting-dots.tsx';
import { useTexts } from '../../lib/use-texts.ts';
import { MAX_SOURCE_CHARACTERS } from './diagram-messages.ts';
import { useDrawing, type Drawing } from './use-drawing.ts';
import { usePageTheme } from './use-page-theme.ts';

/** Wide diagrams get this much smaller before they have to be scrolled sideways. */
const SMALLEST = 0.65;

/** A diagram, drawn in a frame of no origin; its source while that takes, when it fails, and whenever it is wanted. */
export function Diagram({ source }: { source: string }) {
  return source.length > MAX_SOURCE_CHARACTERS ? (
    <CodeBlock text={source} language="mermaid" />
  ) : (
    // Another source is another diagram.
    <DrawnDiagram key={source} source={source} />
  );
}

function DrawnDiagram({ source }: { source: string }) {
  const texts = useTexts().markdown;
  const frame = useRef<HTMLIFrameElement>(null);
  const theme = usePageTheme();
  const drawing = useDrawing(frame, source, theme);
  const [wantsSource, setWantsSource] = useState(false);
  if (drawing.state === 'failed') {
    return (
      <div className="flex flex-col gap-2">
        <p className="text-ui text-ink-soft">{texts.notDrawn}</p>
        <CodeBlock text={source} language="mermaid" />
      </div>
    );
  }
  const showsSource = wantsSource || (drawing.state === 'drawing' && drawing.size === undefined);
  return (
    <figure className="overflow-hidden rounded-card border border-line">
      <figcaption className="flex items-center gap-1 bg-sunken ps-4 pe-1.5 py-1 text-caption text-ink-soft">
        <span className="flex min-w-0 flex-1 items-center gap-3">
          {drawing.state === 'drawing' && <WaitingDots />}
          {drawing.state === 'drawing' ? texts.drawing : texts.diagram}
        </span>
        {drawing.state === 'drawn' && (
          <IconButton
            icon={wantsSource ? Workflow : CodeXml}
            label={wantsSource ? texts.showDiagram : texts.showSource}
            size="small"
            onClick={() => setWantsSource(!wantsSource)}
          />
        )}
        <CopyButton text={source} label={texts.copySource} />
      </figcaption>
      {showsSource && (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- long lines have to be scrolled by keyboard too
        <pre tabIndex={0} dir="ltr" className="overflow-x-auto bg-sunken px-4 pt-1 pb-3 font-mono text-ui">
          <code>{source}</code>
        </pre>
      )}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a large diagram has to be scrolled by keyboard too */}
      <div tabIndex={0} className={showsSource ? 'h-0 overflow-hidden' : 'max-h-[36rem] overflow-auto p-4'}>
        <iframe
          ref={frame}
          src="/diagram.html"
          sandbox="allow-scripts"
          referrerPolicy="no-referrer"
          title={texts.diagram}
          tabIndex={-1}
          className="pointer-events-none mx-auto block border-0"
          style={{ ...frameShape(drawing), colorScheme: theme }}
        />
      </div>
    </figure>
  );
}

function frameShape({ size }: Drawing): { width: string; aspectRatio?: string; height?: string } {
  if (size === undefined) return { width: '100%', height: '1px' };
  const { width, height } = size;
  return { width: `clamp(${Math.round(width * SMALLEST)}px, 100%, ${width}px)`, aspectRatio: `${width} / ${height}` };
}
