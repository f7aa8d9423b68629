import { useRef, useState } from "preact/hooks";
import { job as readJob, upload, type Job } from "../api.ts";
import { useShared } from "../context.ts";

const EVERY = 700;
// Longer than any sensible job: the server goes on without us.
const MOST = 30 * 60 * 1000;
const ENDED = ["done", "finished", "succeeded", "failed", "cancelled"];

/** Takes files by choosing or dropping them and shows how far the server has read them. */
export function Upload({ onDone }: { onDone: () => void }) {
  const { say } = useShared();
  const [job, setJob] = useState<Job | null>(null);
  const [files, setFiles] = useState(0);
  const [problem, setProblem] = useState("");
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const running = files > 0 && (job === null || !ENDED.includes(job.state)) && problem === "";

  async function send(chosen: File[]) {
    if (chosen.length === 0 || running) return;
    setFiles(chosen.length);
    setJob(null);
    setProblem("");
    const began = Date.now();
    try {
      let now = await upload(chosen);
      setJob(now);
      while (now.id !== "" && !ENDED.includes(now.state) && Date.now() - began < MOST) {
        await new Promise((resolve) => setTimeout(resolve, EVERY));
        now = await readJob(now.id);
        setJob(now);
      }
      onDone();
    } catch (error) {
      setProblem((error as Error).message);
    }
    if (input.current) input.current.value = "";
  }

  return (
    <section
      class={over ? "upload over" : "upload"}
      aria-label={say("upload")}
      onDragOver={(event) => (event.preventDefault(), setOver(true))}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void send([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <label>
        {say("drop")}
        <input ref={input} type="file" multiple disabled={running} onChange={(event) => void send([...(event.currentTarget.files ?? [])])} />
      </label>
      <div role="status">
        {running && (
          <>
            {say("uploading", { n: files })}{" "}
            {job !== null && job.total !== null && job.total > 0 && <progress max={job.total} value={job.done ?? 0} aria-label={say("upload")} />}
          </>
        )}
        {!running && job !== null && job.state !== "failed" && say("uploaded")}
      </div>
      {(problem !== "" || (job?.problems.length ?? 0) > 0) && (
        <ul role="alert" class="problems">
          {[problem, ...(job?.problems ?? [])].filter((each) => each !== "").map((each) => (
            <li key={each}>{each}</li>
          ))}
        </ul>
      )}
    </section>
  );
}
