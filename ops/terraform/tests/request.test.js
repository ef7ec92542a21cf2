// The edge's function, as CloudFront calls it.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const assert = require('node:assert');

const code = readFileSync(join(__dirname, '../modules/edge/functions/request.js'), 'utf8');
const handler = new Function(`${code}; return handler;`)();

// A query as CloudFront hands it to a function.
function asked(uri, pairs) {
    const querystring = {};
    for (const [name, value] of pairs) {
        const seen = querystring[name];
        if (!seen) {
            querystring[name] = { value };
        } else {
            seen.multiValue = (seen.multiValue || [{ value: seen.value }]).concat({ value });
        }
    }
    return handler({ request: { uri, querystring, headers: {}, cookies: {} } });
}

// As it goes on to the cache and the shop.
function written(request) {
    return Object.entries(request.querystring)
        .flatMap(([name, one]) => (one.multiValue || [one]).map((each) => `${name}=${each.value}`))
        .join('&');
}

const cases = [
    ['nothing stays nothing', [], ''],
    ['names are ordered', [['page', '2'], ['brand', 'b']], 'brand=b&page=2'],
    ['tracking goes', [['utm_source', 'mail'], ['gclid', '1'], ['FBCLID', '2'], ['q', 'watch']], 'q=watch'],
    ['empty values go', [['min', ''], ['max', ' '], ['stock', '1']], 'stock=1'],
    ['values of one name keep their order', [['sort', 'newest'], ['q', 'x'], ['sort', 'price']], 'q=x&sort=newest&sort=price'],
    ['an attribute of the shop stays', [['lume', 'true'], ['strap_width', '20']], 'lume=true&strap_width=20'],
    ['a name that only begins like tracking stays', [['utmost', '1'], ['gclids', '2']], 'gclids=2&utmost=1'],
];
let failed = 0;
function check(name, run) {
    try {
        run();
        console.log(`ok function: ${name}`);
    } catch (error) {
        failed = 1;
        console.log(`FAILED function: ${name}: ${error.message.split('\n')[0]}`);
    }
}
for (const [name, pairs, want] of cases) {
    check(name, () => assert.strictEqual(written(asked('/c/field', pairs)), want));
}
check('/metrics is not to be had', () => assert.strictEqual(asked('/metrics', []).statusCode, 404));
check('a page whose name begins with it is', () => assert.strictEqual(asked('/metrics-guide', []).uri, '/metrics-guide'));
check('it is below the 10 kB that CloudFront takes', () => assert.ok(code.length < 10240));
process.exit(failed);
