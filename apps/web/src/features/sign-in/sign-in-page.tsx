import { TriangleAlert } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { Mark } from '../../components/mark.tsx';
import { Notice } from '../../components/notice.tsx';
import { inWords } from '../../lib/failure.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';

/** Product name, one sentence, one button; also shown while the browser is on its way to the issuer or back. */
export function SignInPage() {
  const { session } = useServices();
  const texts = useTexts();
  const { phase, failure: kept } = useStore(session);
  const failure = kept && inWords(kept, texts);
  const isBusy = phase === 'leaving' || phase === 'returning';
  return (
    <main className="pad-page flex min-h-dvh flex-col items-center justify-center py-12">
      <div className="flex w-full max-w-sm flex-col items-center gap-8 text-center">
        <Mark lit className="size-14" />
        <div className="flex flex-col gap-3">
          <h1 className="text-display font-strong tracking-tight">CloudToLocalLLM</h1>
          <p className="text-body text-balance text-ink-soft">{texts.signIn.lead}</p>
        </div>
        <Button look="primary" disabled={isBusy} onClick={() => void session.signIn()} className="w-full max-w-60">
          {isBusy ? texts.signIn.busy : texts.signIn.button}
        </Button>
        {failure && (
          <div className="w-full text-start">
            <Notice icon={TriangleAlert} tone="bad" title={failure.title} role="alert">
              {failure.detail && <p className="wrap-anywhere text-ink-soft">{failure.detail}</p>}
            </Notice>
          </div>
        )}
      </div>
    </main>
  );
}
