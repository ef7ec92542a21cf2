// A real browser walks from the home page to an order, with JavaScript on and off; axe looks at every page on the way.
//
//   node walk.mjs BASE_URL OUTBOX     exits 1 if a step fails, axe finds something serious, or a budget is exceeded

import { createRequire } from 'node:module';
import { readFileSync, readdirSync } from 'node:fs';
import { get } from 'node:http';

const require = createRequire(`${process.env.NODE_TOOLS}/`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const [base, outbox] = process.argv.slice(2);
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
let passed = 0;
const failures = [];

function check(name, ok, detail = '') {
  if (ok) { passed += 1; return; }
  failures.push(`${name} ${detail}`);
  console.error(`FAILED ${name} ${detail}`);
}

// Nothing serious or critical may be wrong on a page.
async function examine(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const serious = violations.filter((v) => ['serious', 'critical'].includes(v.impact));
  check(`axe: ${name}`, serious.length === 0,
    serious.map((v) => `${v.id} at ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(', ')}`).join('; '));
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(`no sideways scrolling: ${name}`, overflow <= 0, `${overflow} px too wide`);
}

async function firstBuyable(page) {
  await page.goto(`${base}/`);
  await examine(page, 'home');
  await page.locator('main a[href^="/c/"]').first().click();
  await page.waitForURL(/\/c\//);
  await examine(page, 'category');
  const cards = await page.locator('main a[href^="/p/"]').evaluateAll((links) => links.map((a) => a.getAttribute('href')));
  for (const href of [...new Set(cards)]) {
    await page.goto(base + href);
    if (await page.locator('button[data-add]:not([disabled])').count()) return;
  }
  throw new Error('no product can be bought');
}

async function fillCheckout(page) {
  await page.fill('#email', 'walker@example.com');
  await page.fill('#name', 'Wilma Walker');
  await page.fill('#line1', 'Lindenstraße 1');
  await page.fill('#postcode', '10969');
  await page.fill('#city', 'Berlin');
}

async function walk(browser, javaScriptEnabled, viewport) {
  const name = `${javaScriptEnabled ? 'with' : 'without'} JavaScript, ${viewport.width} px`;
  const context = await browser.newContext({ javaScriptEnabled, viewport });
  // axe needs a script of its own: without the page's JavaScript a second page looks at the same address.
  const page = await context.newPage();
  const seer = javaScriptEnabled ? null : await (await browser.newContext({ viewport })).newPage();
  const look = async (what) => {
    if (javaScriptEnabled) { await examine(page, `${what} (${name})`); return; }
    await seer.setContent(await page.content(), { waitUntil: 'domcontentloaded' });
  };
  const complaints = [];
  // A refused form is a 422 on purpose; the browser notes it as a failed resource.
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('status of 422')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('response', (response) => { if (response.status() >= 500) complaints.push(`${response.status()} ${response.url()}`); });

  if (javaScriptEnabled) await firstBuyable(page);
  else {
    await page.goto(`${base}/`);
    await page.locator('main a[href^="/c/"]').first().click();
    const cards = await page.locator('main a[href^="/p/"]').all();
    const hrefs = [...new Set(await Promise.all(cards.map((a) => a.getAttribute('href'))))];
    for (const href of hrefs) {
      await page.goto(base + href);
      if (await page.locator('button[data-add]:not([disabled])').count()) break;
    }
  }
  await look('product');
  await page.locator('button[data-add]').click();
  if (javaScriptEnabled) {
    // It answers in place, with a way to the cart.
    await page.locator('a[href="/cart"]:visible').last().waitFor();
    await page.waitForFunction(() => /cart_count=1/.test(document.cookie));
    await page.goto(`${base}/cart`);
  }
  await page.waitForURL(/\/cart/);
  await look('cart');
  await page.goto(`${base}/checkout`);
  await look('checkout');

  // What is missing is told at its field, and nothing typed is lost.
  await page.fill('#email', 'walker@example.com');
  await page.locator('.sum button[value="order"]').click();
  check(`an incomplete checkout is refused (${name})`, page.url().endsWith('/checkout'));
  check(`what was typed is kept (${name})`, (await page.inputValue('#email')) === 'walker@example.com');
  check(`the mistake is told at its field (${name})`, (await page.locator('#line1[aria-invalid="true"]').count()) === 1);
  await look('checkout with mistakes');

  await fillCheckout(page);
  await page.locator('input[name="payment_method"][value="pay_on_delivery"]').check();
  await page.locator('.sum button[value="order"]').click();
  if (page.url().endsWith('/checkout')) {
    // Delivery may have been priced anew for the address: the shopper sees the new total and agrees again.
    await page.locator('.sum button[value="order"]').click();
  }
  await page.waitForURL(/\/orders\//);
  await look('order');
  const heading = await page.locator('h1').innerText();
  const number = (await page.locator('main').innerText()).match(/\b1\d{4}\b/)?.[0];
  check(`the order has a number (${name})`, Boolean(number), heading);
  check(`the browser had nothing to complain of (${name})`, complaints.length === 0, complaints.join('; '));
  await context.close();
  return number;
}

// Tabs until `selector` has the focus; every stop on the way must be seen.
async function tabTo(page, selector) {
  for (let presses = 0; presses < 150; presses += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate((wanted) => {
      const element = document.activeElement;
      // What is drawn around a card or a choice stands for the link or button inside it.
      const drawn = [element, ...['.card-pictures', '.choice', '.search-box', '.option'].map((part) =>
        (part === '.card-pictures' ? element.closest('.card')?.querySelector(part) : element.closest(part)))];
      const isSeen = element === document.body
        || drawn.some((part) => part && getComputedStyle(part).outlineStyle !== 'none');
      return { isSeen, isThere: element.matches(wanted), name: element.outerHTML.slice(0, 120) };
    }, selector);
    check('the focus is seen', stop.isSeen, `${page.url()} ${stop.name}`);
    if (stop.isThere) return;
  }
  throw new Error(`Tab never came to ${selector}`);
}

// From the home page to the cart without a mouse; what changes in place is said aloud.
async function keyboard(browser) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${base}/`);
  await page.keyboard.press('Tab');
  check('the first stop skips the menu', await page.evaluate(() => document.activeElement.matches('.skip')));
  await tabTo(page, 'main a[href^="/c/"]');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/c\//);
  await page.waitForLoadState();
  await tabTo(page, '.filters [type="checkbox"]:not([name="stock"])');
  await page.keyboard.press('Space');
  await page.waitForURL(/\?/);
  await page.waitForFunction(() => document.querySelector('[data-said]').textContent.trim() !== '');
  check('the filter keeps the focus', await page.evaluate(() => document.activeElement.matches('.filters :checked')));
  await tabTo(page, '.applied a');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => !location.search);
  check('a removed filter leaves the focus in the results',
    await page.evaluate(() => document.activeElement.closest('[data-results]') !== null));
  const cards = await page.locator('.card h3 a').evaluateAll((links) => links.map((a) => a.pathname));
  for (const path of cards) {
    await page.goto(base + path);
    const isFit = await page.evaluate(() => document.querySelectorAll('.axis:first-of-type input').length > 1
      && document.querySelector('[data-add]:not([disabled])') !== null);
    if (isFit) break;
  }
  await tabTo(page, '.axis input');
  const before = await page.evaluate(() => document.querySelector('[data-sku]').textContent);
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction((sku) => document.querySelector('[data-sku]').textContent !== sku, before);
  if (await page.locator('[data-add][disabled]').count()) await page.keyboard.press('ArrowLeft');
  await tabTo(page, '[data-add]');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('[data-answer][role="status"]').textContent.trim() !== '');
  check('what was added is said', !(await page.locator('.added.is-bad').count()));
  await tabTo(page, '[data-answer] a');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/cart/);
  await context.close();
}

// Pages that the walk does not come by.
async function lookAround(browser) {
  for (const viewport of [{ width: 390, height: 844 }, { width: 1440, height: 900 }]) {
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({ viewport, colorScheme });
      const page = await context.newPage();
      const slug = async (prefix) => (await page.locator(`main a[href^="${prefix}"]`).first().getAttribute('href'));
      await page.goto(`${base}/`);
      const category = await slug('/c/');
      const product = await slug('/p/');
      const paths = ['/', category, product, '/search?q=case', '/search?q=zzzzzzz', '/cart', '/pages/delivery', '/account/login',
        '/account/register', '/account/reset', '/orders/withdraw', '/pages/withdrawal', '/nowhere', '/api/docs'];
      for (const path of paths) {
        await page.goto(base + path);
        await examine(page, `${path} at ${viewport.width} px, ${colorScheme}`);
      }
      await context.close();
    }
  }
}

async function budgets() {
  const home = await (await fetch(`${base}/`)).text();
  for (const [kind, pattern] of [['css', /\/assets\/app-[^"]+\.css/], ['js', /\/assets\/app\.[^"]+\.js/]]) {
    const path = home.match(pattern)?.[0];
    const answer = await fetch(base + path, { headers: { 'accept-encoding': 'br' } });
    const size = Number(answer.headers.get('content-length'));
    check(`app.${kind} is at most 12 kB compressed`, size > 0 && size <= 12_000, `${size} bytes`);
    console.log(`app.${kind}: ${size} bytes compressed`);
  }
  const category = home.match(/href="(\/c\/[^"?#]+)"/)[1];
  // Node's own client would unpack the answer before it could be measured.
  const size = await new Promise((resolve, reject) => {
    get(base + category, { headers: { 'accept-encoding': 'br' } }, (answer) => {
      let bytes = 0;
      answer.on('data', (part) => { bytes += part.length; });
      answer.on('end', () => resolve(bytes));
    }).on('error', reject);
  });
  check('a category is at most 15 kB compressed', size > 0 && size <= 15_000, `${size} bytes`);
  console.log(`${category}: ${size} bytes compressed`);
}

async function mails(numbers) {
  for (let tries = 0; tries < 50; tries += 1) {
    const texts = readdirSync(outbox, { withFileTypes: true }).filter((f) => f.name.endsWith('.eml'))
      .map((f) => readFileSync(`${outbox}/${f.name}`, 'utf8'));
    if (numbers.every((n) => texts.some((t) => t.includes(n)))) { passed += 1; return; }
    await new Promise((resolve) => { setTimeout(resolve, 200); });
  }
  check('each order has its mail in the outbox', false);
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
try {
  const numbers = [];
  for (const viewport of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
    for (const javaScript of [true, false]) {
      try { numbers.push(await walk(browser, javaScript, viewport)); } catch (error) {
        check(`walk ${javaScript ? 'with' : 'without'} JavaScript at ${viewport.width} px`, false, String(error).slice(0, 600));
      }
    }
  }
  try { await keyboard(browser); } catch (error) { check('walk by keyboard', false, String(error).slice(0, 600)); }
  await mails(numbers.filter(Boolean));
  await lookAround(browser);
  await budgets();
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
