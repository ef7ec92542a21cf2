// What a shopper asks for, in the one writing under which the edge keeps it. Cloudfront Functions, runtime 2.0.

// What newsletters and advertisements append. The shop reads none of it, and each value would be kept on its own.
var TRACKING = /^(utm_.*|mc_cid|mc_eid|gclid|gbraid|wbraid|dclid|gclsrc|fbclid|msclkid|ttclid|twclid|li_fat_id|igshid|yclid|epik|_ga|_gl|_hs.*|srsltid)$/i;

// The numbers of the shop are its operator's; they are asked for inside.
var INTERNAL = /^\/metrics\/?$/;

function handler(event) {
    var request = event.request;
    if (INTERNAL.test(request.uri)) {
        return { statusCode: 404, statusDescription: 'Not Found', headers: { 'cache-control': { value: 'no-store' } } };
    }
    request.querystring = canonical(request.querystring);
    return request;
}

// Parameters by name, without the tracking ones and those that say nothing. Values of one name keep their order, since
// the shop may take the last.
function canonical(query) {
    var kept = {};
    Object.keys(query).sort().forEach(function (name) {
        var values = (query[name].multiValue || [{ value: query[name].value }]).filter(function (one) { return one.value.trim() !== ''; });
        if (TRACKING.test(name) || values.length === 0) {
            return;
        }
        kept[name] = values.length > 1 ? { value: values[0].value, multiValue: values } : { value: values[0].value };
    });
    return kept;
}
