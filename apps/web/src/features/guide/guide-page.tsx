import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Page } from '../../components/page.tsx';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { CodeStep } from './code-step.tsx';
import { GuideStep } from './guide-step.tsx';
import { RunStep } from './run-step.tsx';
import { TestStep } from './test-step.tsx';
import { useNewComputer } from './use-new-computer.ts';

/** The first minute: the command, the code, and the test of the whole way; goes on by itself. */
export function GuidePage() {
  const { settings, router } = useServices();
  const texts = useTexts().guide;
  const isDone = useStore(settings, ({ guideDone }) => guideDone);
  const { list, newId } = useNewComputer();
  const [chosenId, setChosenId] = useState<string>();
  const computer = list.find(({ bridgeId }) => bridgeId === (chosenId ?? newId));
  const connected = list.filter(({ status }) => status === 'connected');
  const skip = (): void => {
    void settings.change({ guideDone: true });
    router.navigate('/');
  };
  return (
    <Page
      title={texts.title}
      lead={texts.lead}
      actions={
        !isDone && (
          <Button look="quiet" onClick={skip}>
            {texts.skip}
          </Button>
        )
      }
    >
      <ol className="flex w-full max-w-measure flex-col">
        <GuideStep number={1} title={texts.runTitle} isDone={computer !== undefined}>
          <RunStep />
        </GuideStep>
        <GuideStep number={2} title={texts.codeTitle} isDone={computer !== undefined}>
          <CodeStep />
        </GuideStep>
        <GuideStep number={3} title={texts.testTitle} isLast>
          <TestStep key={computer?.bridgeId} computer={computer} others={connected} onChoose={setChosenId} />
        </GuideStep>
      </ol>
    </Page>
  );
}
