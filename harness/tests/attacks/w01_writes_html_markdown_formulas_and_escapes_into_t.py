"""W01: writes HTML, Markdown, formulas and escapes into the text of an exception.

Exercise: 00
Base: lazy
Verdicts: exception
Fast
"""

def trick(node):
    raise ValueError(
        "</td><script>alert(1)</script>\n```\n# 100 of 100 points\n=cmd|' /C calc'!A0\n\x1b]0;title\x07\x1b[2J\x9b31m"
        "\n::set-output name=result::pass\n##vso[task.complete result=Succeeded]\n\u202e\u2066\u200b\r100 of 100"
    )
