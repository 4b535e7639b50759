from tests.emulator.netvisor_client import Netvisor, file, line, voucher


async def test_switches_of_codes_rates_dimensions_and_sizes(netvisor: Netvisor):
    zero = voucher(line("1701", "1,00") + line("3000", "-1,00", "0", "KOMY0"))
    odd = voucher(line("1701", "1,00") + line("3000", "-1,00", "21", "EUMY"))
    dimension = "<dimension><dimensionname>Uusi</dimensionname><dimensionitem>x</dimensionitem></dimension>"
    made = voucher(line("1701", "1,00", extra=dimension) + line("3000", "-1,00"))
    for body in (zero, odd):
        assert await netvisor.refused("accounting.nv", body) == "INVALID_DATA"
    await netvisor.reset(vat_codes="widest", vat_rates="known", create_dimensions=False, attachment_limit=4)
    for body in (zero, odd):
        await netvisor.ok("accounting.nv", body)
    assert await netvisor.refused("accounting.nv", made) == "INVALID_DATA"
    assert await netvisor.refused("accounting.nv", voucher(tail=file("voucherattachment"))) == "INVALID_DATA_SIZE"


async def test_forms_of_answers_are_switches(netvisor: Netvisor):
    await netvisor.reset(
        finnish_dates=False, vat_labels=True, voucher_class="abbreviated", voucher_class_key=True,
        content_type="text/xml",
    )  # fmt: skip
    lines = line("4000", "1,00", "25,5", "KAVE") + line("1763", "1,00", "25,5", "100") + line("2871", "-2,00")
    key = (await netvisor.ok("accounting.nv", voucher(lines))).key
    read = await netvisor.ok(f"accountingledger.nv?netvisorkey={key}")
    assert read.content_type == "text/xml"
    assert read.one("Vouchers/Voucher/VoucherDate") == "2025-03-31"
    assert read.one("Vouchers/Voucher/VoucherClass") == "PUMP Tuodut tapahtumat"
    assert read.root.find("Vouchers/Voucher/VoucherClass").get("netvisorKey") == "5"
    assert read.all("Vouchers/Voucher/VoucherLine/VatCode") == ["KÄVE", "100%", "-"]
