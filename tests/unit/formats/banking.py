"""Bank files composed for the tests, in the shape of Estonian (.02) and Finnish (.08) banks."""

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.{}.001.{}"
IBAN = "EE471000001020145685"


def amount(value: str, currency: str = "EUR", tag: str = "Amt") -> str:
    return f'<{tag} Ccy="{currency}">{value}</{tag}>'


def balance(code: str, value: str, day: str, sign: str = "CRDT") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{amount(value)}<CdtDbtInd>{sign}</CdtDbtInd>"
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def payment(
    *,
    name: str = "",
    iban: str = "",
    reference: str = "",
    message: str = "",
    role: str = "Dbtr",
    own: str = "",
    end_to_end: str = "NOTPROVIDED",
    money: str = "",
    sign: str = "",
    rest: str = "",
    amounts: str = "",
    is_new: bool = False,
) -> str:
    """Return one TxDtls; `is_new` in the shape of version .08."""
    shown = f"<Nm>{name}</Nm>"
    party = f"<{role}>{f'<Pty>{shown}</Pty>' if is_new else shown}</{role}>" if name else ""
    account = f"<{role}Acct><Id><IBAN>{iban}</IBAN></Id></{role}Acct>" if iban else ""
    structured = f"<Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd>" if reference else ""
    free = f"<Ustrd>{message}</Ustrd>" if message else ""
    refs = f"<AcctSvcrRef>{own}</AcctSvcrRef>" if own else ""
    refs += f"<EndToEndId>{end_to_end}</EndToEndId>"
    moved = amounts or (
        (amount(money) if is_new else f"<AmtDtls><TxAmt>{amount(money)}</TxAmt></AmtDtls>") if money else ""
    )
    sign = f"<CdtDbtInd>{sign}</CdtDbtInd>" if sign else ""
    return (
        f"<TxDtls><Refs>{refs}</Refs>{moved}{sign}<RltdPties>{party}{account}</RltdPties>"
        f"<RmtInf>{free}{structured}</RmtInf>{rest}</TxDtls>"
    )


def entry(
    value: str,
    *payments: str,
    sign: str = "CRDT",
    day: str = "2026-03-16",
    ref: str = "",
    code: tuple[str, str, str] = ("PMNT", "RCDT", "ESCT"),
    rest: str = "",
    batch: str = "",
    status: str = "BOOK",
    currency: str = "EUR",
    after: str = "",
    is_new: bool = False,
) -> str:
    domain, family, sub = code
    ours = f"<AcctSvcrRef>{ref}</AcctSvcrRef>" if ref else ""
    return (
        f"<Ntry>{amount(value, currency)}<CdtDbtInd>{sign}</CdtDbtInd>{rest}"
        f"<Sts>{f'<Cd>{status}</Cd>' if is_new else status}</Sts><BookgDt><Dt>{day}</Dt></BookgDt>"
        f"<ValDt><Dt>{day}</Dt></ValDt>{ours}<BkTxCd><Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd>"
        f"<SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn></BkTxCd>{after}"
        f"<NtryDtls>{batch}{''.join(payments)}</NtryDtls></Ntry>"
    )


def statement(*entries: str, opening: str = "", closing: str = "", iban: str = IBAN, count: str = "") -> str:
    balances = balance("OPBD", opening, "2026-03-16") if opening else ""
    balances += balance("CLBD", closing, "2026-03-16") if closing else ""
    summary = f"<TxsSummry><TtlNtries><NbOfNtries>{count}</NbOfNtries></TtlNtries></TxsSummry>" if count else ""
    return (
        "<Stmt><Id>S-77</Id><ElctrncSeqNb>77</ElctrncSeqNb><CreDtTm>2026-03-17T02:10:00+02:00</CreDtTm>"
        "<FrToDt><FrDtTm>2026-03-16T00:00:00</FrDtTm><ToDtTm>2026-03-16T23:59:59</ToDtTm></FrToDt>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy><Ownr><Nm>Õunapuu Ehitus OÜ</Nm></Ownr>"
        "<Svcr><FinInstnId><BIC>EEUHEE2X</BIC></FinInstnId></Svcr></Acct>"
        f"{balances}{summary}{''.join(entries)}</Stmt>"
    )


def camt(*statements: str, kind: str = "053", version: str = "02") -> bytes:
    message = "BkToCstmrStmt" if kind == "053" else "BkToCstmrDbtCdtNtfctn"
    body = "\n".join(statements)
    if kind == "054":
        body = body.replace("<Stmt>", "<Ntfctn>").replace("</Stmt>", "</Ntfctn>")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE.format(kind, version)}">\n<{message}>'
        f"<GrpHdr><MsgId>M1</MsgId></GrpHdr>\n{body}\n</{message}></Document>"
    ).encode()
