import { Page } from '../../components/page.tsx';

export function GuidePage() {
  return <Page title="Guide">{null}</Page>;
}
