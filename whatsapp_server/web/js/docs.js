// The API's documentation page: draws /api/openapi.json with the vendored viewer, which defines one global.
window.SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null });
