import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/text-field.tsx';
import { deviceAddress, isUserCode } from '../../lib/device-code.ts';
import { useServices } from '../../lib/services.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { authConfigQuery } from './auth-config-query.ts';

/** The code that the bridge prints: typed here where the relay's own issuer takes it, else at the person's. */
export function CodeStep() {
  const { client } = useServices();
  const texts = useTexts().guide;
  const { data: auth } = useQuery(authConfigQuery(client));
  const [code, setCode] = useState('');
  if (auth === undefined || !auth.embedded) return <p className="text-ink-soft">{texts.codeLeadExternal}</p>;
  return (
    <>
      <p className="text-ink-soft">{texts.codeLead}</p>
      <form
        className="flex flex-wrap items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (isUserCode(code)) window.open(deviceAddress(auth.issuer, code), '_blank', 'noopener');
        }}
      >
        <TextField
          label={texts.code}
          placeholder="ABCD-EFGH"
          autoCapitalize="characters"
          autoComplete="off"
          spellCheck={false}
          maxLength={16}
          value={code}
          onChange={(event) => setCode(event.target.value.toUpperCase())}
          className="w-44"
        />
        <Button type="submit" disabled={!isUserCode(code)}>
          {texts.codeGo}
        </Button>
        <p className="basis-full text-caption text-ink-soft">{texts.codeNew}</p>
      </form>
    </>
  );
}
