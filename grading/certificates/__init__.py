"""Certificates without a database: claims, signatures, numbers, the PDF and its verification.

Nothing here imports Django or a model, so that anyone can check a certificate with this package and a
file of public keys alone. The format is written up in ``docs/certificates.md``.
"""
