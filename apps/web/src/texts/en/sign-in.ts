/** Before a person is signed in. */
export const signIn = {
  lead: 'Your own computer’s language model, wherever you are.',
  button: 'Sign in',
  busy: 'Signing in…',
};
