"""Attach a file inside the PDF, named in its catalogue, so that the pages and their proof travel together."""

from typing import Any


def attach_file(canvas: Any, name: str, content: bytes) -> None:
    """Embed a file; the viewer lists it among the document's attachments."""
    from reportlab.pdfbase import pdfdoc

    document = canvas._doc
    stream = pdfdoc.PDFStream(
        dictionary=pdfdoc.PDFDictionary(
            {
                "Type": pdfdoc.PDFName("EmbeddedFile"),
                "Subtype": "/application#2Fjson",
            }
        ),
        content=content,
        filters=[pdfdoc.PDFZCompress],
    )
    embedded = document.Reference(stream)
    listed = document.Reference(
        pdfdoc.PDFDictionary(
            {
                "Type": pdfdoc.PDFName("Filespec"),
                "F": pdfdoc.PDFString(name),
                "UF": pdfdoc.PDFString(name),
                "AFRelationship": pdfdoc.PDFName("Data"),
                "EF": pdfdoc.PDFDictionary({"F": embedded, "UF": embedded}),
            }
        )
    )
    names = pdfdoc.PDFDictionary({"Names": pdfdoc.PDFArray([pdfdoc.PDFString(name), listed])})
    document.Catalog.Names = document.Reference(pdfdoc.PDFDictionary({"EmbeddedFiles": names}))
