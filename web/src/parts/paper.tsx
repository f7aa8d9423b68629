/** The pages of a report that is a PDF, as they were printed. */

import { useEffect, useRef, useState } from "preact/hooks";
import { original } from "../api.ts";
import { useShared } from "../context.ts";
import { draw, open, type Opened } from "../pdf.ts";

// Pixels of a page's width: sharp at 200 % too.
const WIDTH = 1400;

/** Begins at `first`, where `strong` stands in `pale`. */
export function Paper({ document, first, pale, strong }: { document: string; first: number; pale: string; strong: string[] }) {
  const { say } = useShared();
  const [opened, setOpened] = useState<Opened | null>(null);
  const [page, setPage] = useState(first);
  const [drawn, setDrawn] = useState(false);
  const [problem, setProblem] = useState("");
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let stopped = false;
    let file: Opened | null = null;
    original(document)
      .then(open)
      .then(
        (found) => {
          file = found;
          if (stopped) void found.loadingTask.destroy();
          else setOpened(found);
        },
        (error: Error) => !stopped && setProblem(error.message),
      );
    return () => {
      stopped = true;
      void file?.loadingTask.destroy();
    };
  }, [document]);
  useEffect(() => {
    setDrawn(false);
    if (opened === null || canvas.current === null) return;
    let stopped = false;
    draw(opened, page, canvas.current, WIDTH, { pale: [pale], strong }).then(
      () => !stopped && setDrawn(true),
      (error: Error) => !stopped && setProblem(error.message),
    );
    return () => {
      stopped = true;
    };
  }, [opened, page]);
  if (problem !== "") return <p role="alert">{problem}</p>;
  return (
    <div class="paper">
      <p class="mentions">
        <button type="button" disabled={opened === null || !drawn || page <= 1} onClick={() => setPage(page - 1)}>
          ← {say("page_before")}
        </button>
        <span role="status">{drawn ? say("p", { n: page }) : say("reading")}</span>
        <button type="button" disabled={opened === null || !drawn || page >= opened.numPages} onClick={() => setPage(page + 1)}>
          {say("page_after")} →
        </button>
      </p>
      <canvas ref={canvas} role="img" aria-label={say("page_picture", { n: page })} />
    </div>
  );
}
