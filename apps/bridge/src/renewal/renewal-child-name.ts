/** The first argument that makes this program the renewal's child: it reads one request and answers it. */
export const RENEWAL_CHILD = 'renewal-child';
