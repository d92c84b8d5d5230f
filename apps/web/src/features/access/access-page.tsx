import { Page } from '../../components/page.tsx';

export function AccessPage() {
  return <Page title="Access">{null}</Page>;
}
