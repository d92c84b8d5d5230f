import { useState, type ReactNode } from 'react';
import { Dialog } from '../../components/dialog.tsx';

export type MakeForm<Made> = {
  onMade: (made: Made) => void;
  onCancel: () => void;
  /** The thing is being made: until that is over, the dialog stays, since what comes is shown only once. */
  onBusy: (isBusy: boolean) => void;
};

export type MakeDialogProps<Made> = {
  isOpen: boolean;
  onClose: () => void;
  label: string;
  renderForm: (form: MakeForm<Made>) => ReactNode;
  /** `isLeaving`: somebody wants to close the dialog who may not have kept the secret yet. */
  renderResult: (made: Made, onDone: () => void, isLeaving: boolean) => ReactNode;
};

/**
 * Making something that has a secret: the form, then what is shown this once. The secret lives in the second step's state
 * alone and is gone with it. A press outside or Escape doesn't lose it: the first one only asks.
 */
export function MakeDialog<Made>({ isOpen, onClose, label, renderForm, renderResult }: MakeDialogProps<Made>) {
  const [step, setStep] = useState<'form' | 'making' | 'shown' | 'leaving'>('form');
  const close = (): void => {
    setStep('form');
    onClose();
  };
  const leave = (): void => {
    if (step === 'shown') setStep('leaving');
    else if (step !== 'making') close();
  };
  return (
    <Dialog isOpen={isOpen} onClose={leave} label={label} place="wide">
      <Steps
        renderForm={(onMade: (made: Made) => void) =>
          renderForm({ onMade, onCancel: leave, onBusy: (isBusy) => setStep(isBusy ? 'making' : 'form') })
        }
        renderResult={(made) => renderResult(made, close, step === 'leaving')}
        onShown={() => setStep('shown')}
      />
    </Dialog>
  );
}

type StepsProps<Made> = {
  renderForm: (onMade: (made: Made) => void) => ReactNode;
  renderResult: (made: Made) => ReactNode;
  onShown: () => void;
};

function Steps<Made>({ renderForm, renderResult, onShown }: StepsProps<Made>) {
  const [made, setMade] = useState<Made>();
  if (made !== undefined) return renderResult(made);
  return renderForm((value) => {
    setMade(value);
    onShown();
  });
}
