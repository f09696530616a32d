// Clients that only send requests, in a separate process. Usage: node clients.ts COUNT SECONDS URL... Prints the number of responses.
const [count = '1', seconds = '1', ...urls] = process.argv.slice(2);
const until = performance.now() + Number(seconds) * 1_000;
let answers = 0;

async function ask(url: string): Promise<void> {
  while (performance.now() < until) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
      await answer.arrayBuffer();
      answers += 1;
    } catch {
      // A refused connection is an answer too: the next try follows.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

await Promise.all(Array.from({ length: Number(count) }, (_, index) => ask(urls[index % urls.length] ?? '')));
process.stdout.write(`${answers}\n`);
