/** So much at a time: the browser lays out what is in view, and skips the rest of an endless text. */
const PIECE_CHARACTERS = 10_000;

/** Text as it was written; nothing in it could run or load. */
export function PlainText({ text }: { text: string }) {
  if (text.length <= PIECE_CHARACTERS) {
    return (
      <p dir="auto" className="wrap-anywhere whitespace-pre-wrap">
        {text}
      </p>
    );
  }
  const pieces = Array.from({ length: Math.ceil(text.length / PIECE_CHARACTERS) }, (_, index) => ({
    at: index * PIECE_CHARACTERS,
    text: text.slice(index * PIECE_CHARACTERS, (index + 1) * PIECE_CHARACTERS),
  }));
  return (
    <div dir="auto">
      {pieces.map((piece) => (
        <p
          key={piece.at}
          className="wrap-anywhere whitespace-pre-wrap [contain-intrinsic-size:auto_40rem] [content-visibility:auto]"
        >
          {piece.text}
        </p>
      ))}
    </div>
  );
}
