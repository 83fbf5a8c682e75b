import { Fragment } from "react";

/** A name of many parts that may go on in the next line after a slash or an underscore, not within a part. */
export function Breakable({ name }: { name: string }) {
  let at = 0;
  return name.split(/(?<=[/_])/).map((part) => {
    const key = at;
    at += part.length;
    return (
      <Fragment key={key}>
        {key > 0 ? <wbr /> : null}
        {part}
      </Fragment>
    );
  });
}
