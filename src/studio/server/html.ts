/** The page's document; everything else is its script's. */
export const pageHtml = (token: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>fprinciple studio</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css?token=${token}">
</head>
<body>
<div id="page"></div>
<noscript>The studio needs JavaScript.</noscript>
<script src="/page.js?token=${token}"></script>
</body>
</html>
`;
