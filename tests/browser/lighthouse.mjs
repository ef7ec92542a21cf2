// Lighthouse (mobile) over a shop's main pages: prints each category's score and names the audits that fall short.
//
//   node lighthouse.mjs BASE_URL     exits 1 if a category that does not depend on the machine's speed is below 100,
//                                    or if anything on a page moved while it was loaded
//
// The performance score is printed, not judged: it is a timing, and a busy machine would fail it.

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.NODE_TOOLS}/`);
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { default: lighthouse } = await load('lighthouse');
const { launch } = await load('chrome-launcher');
const base = process.argv[2];

// What a page is meant to fail, and why. Everything else that falls short fails the run.
const MEANT = {
  // The cart is personal and asks not to be indexed.
  '/cart': ['is-crawlable'],
};

// A run that saw no page (the browser was too busy to paint) has measured nothing: it is made again.
async function measure(url, port) {
  for (let tries = 1; ; tries += 1) {
    const { lhr } = await lighthouse(url, { port, output: 'json', logLevel: 'silent' });
    const seen = !lhr.runtimeError && Object.values(lhr.categories).every((c) => c.score !== null);
    if (seen) return lhr;
    const why = lhr.runtimeError?.message ?? 'a category has no score';
    if (tries === 4) throw new Error(`Lighthouse saw no page at ${url}: ${why}`);
    console.log(`${url} again: ${why}`);
  }
}

const chrome = await launch({
  chromePath: '/usr/bin/chromium',
  chromeFlags: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
let failures = 0;
try {
  const home = await (await fetch(`${base}/`)).text();
  const link = (prefix) => home.match(new RegExp(`href="(${prefix}[^"?#]+)"`))[1];
  for (const path of ['/', link('/c/'), link('/p/'), '/cart']) {
    const lhr = await measure(base + path, chrome.port);
    const scores = Object.values(lhr.categories).map((c) => `${c.id} ${Math.round(c.score * 100)}`);
    const metric = (id) => lhr.audits[id]?.displayValue ?? '?';
    console.log(`${path}: ${scores.join(', ')}; LCP ${metric('largest-contentful-paint')}, `
      + `shift ${metric('cumulative-layout-shift')}, blocking ${metric('total-blocking-time')}`);
    for (const category of Object.values(lhr.categories).filter((c) => c.score < 1)) {
      const short = category.auditRefs.map((ref) => lhr.audits[ref.id])
        .filter((audit) => audit.score !== null && audit.score < 1 && audit.scoreDisplayMode !== 'informative');
      console.log(`  ${category.id}: ${short.map((a) => `${a.id} (${a.displayValue ?? a.score})`).join(', ')}`);
      const unmeant = short.filter((a) => !MEANT[path]?.includes(a.id));
      const isWrong = unmeant.length > 0 || short.length === 0;
      if (category.id !== 'performance' && isWrong) failures += 1;
      if (unmeant.length < short.length) console.log(`  ${category.id}: ${MEANT[path].join(', ')} is meant`);
    }
    const shift = lhr.audits['cumulative-layout-shift'].numericValue;
    // Three places are what the metric is read with.
    if (shift >= 0.0005) {
      console.log(`  the layout shifted by ${shift}`);
      failures += 1;
    }
  }
} finally {
  await chrome.kill();
}
console.log(`${failures === 0 ? 1 : 0} passed, ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
