#include "weights/pickle.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <string>

#include "weights/foreign.h"
#include "weights/safetensors_header.h"

namespace perceiver::weights {
namespace {

using Kind = Pickle::Kind;
using Ref = Pickle::Ref;
using Value = Pickle::Value;

// Each instruction makes at most one value, so this bounds the memory; a tensor takes about forty.
constexpr int max_instructions = 1'000'000;
constexpr std::size_t max_memo = 1'000'000, max_depth = 64, max_text = 1 << 16;

enum class What : std::uint8_t { ordered_dict, rebuild_tensor, rebuild_parameter, size, storage, type };
struct Global {
    std::string_view name;  // module and name
    What what;
    DType dtype = DType::f32;
};
constexpr std::array<Global, 22> globals{{
    {"collections.OrderedDict", What::ordered_dict},
    {"torch._utils._rebuild_tensor_v2", What::rebuild_tensor},
    {"torch._utils._rebuild_parameter", What::rebuild_parameter},
    {"torch.Size", What::size},
    {"torch.FloatStorage", What::storage, DType::f32},
    {"torch.HalfStorage", What::storage, DType::f16},
    {"torch.BFloat16Storage", What::storage, DType::bf16},
    {"torch.DoubleStorage", What::storage, DType::f64},
    {"torch.LongStorage", What::storage, DType::i64},
    {"torch.IntStorage", What::storage, DType::i32},
    {"torch.ByteStorage", What::storage, DType::u8},
    {"torch.BoolStorage", What::storage, DType::boolean},
    {"torch.float32", What::type},
    {"torch.float16", What::type},
    {"torch.bfloat16", What::type},
    {"torch.float64", What::type},
    {"torch.int64", What::type},
    {"torch.int32", What::type},
    {"torch.int16", What::type},
    {"torch.int8", What::type},
    {"torch.uint8", What::type},
    {"torch.bool", What::type},
}};

[[noreturn]] void damaged(const std::string& how) {
    bad_model("The list of tensors in this PyTorch file is damaged: " + how + ".");
}

// The instructions of pickle, protocols 2 to 5, that data needs.
enum Op : std::uint8_t {
    mark = '(',
    stop = '.',
    pop = '0',
    pop_mark = '1',
    dup = '2',
    binint = 'J',
    binint1 = 'K',
    binint2 = 'M',
    none = 'N',
    binpersid = 'Q',
    reduce = 'R',
    binstring = 'T',
    short_binstring = 'U',
    binunicode = 'X',
    append = 'a',
    build = 'b',
    global = 'c',
    dict = 'd',
    empty_dict = '}',
    appends = 'e',
    binget = 'h',
    long_binget = 'j',
    list = 'l',
    empty_list = ']',
    binput = 'q',
    long_binput = 'r',
    setitem = 's',
    tuple = 't',
    empty_tuple = ')',
    setitems = 'u',
    binfloat = 'G',
    proto = 0x80,
    tuple1 = 0x85,
    tuple2 = 0x86,
    tuple3 = 0x87,
    newtrue = 0x88,
    newfalse = 0x89,
    long1 = 0x8a,
    long4 = 0x8b,
    binbytes = 'B',
    short_binbytes = 'C',
    short_binunicode = 0x8c,
    binunicode8 = 0x8d,
    binbytes8 = 0x8e,
    stack_global = 0x93,
    memoize = 0x94,
    frame = 0x95
};

class Unpickler {
  public:
    explicit Unpickler(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    Pickle run() {
        if (bytes_.size() > static_cast<std::size_t>(max_pickle_bytes)) too_large();
        if (byte() != proto) damaged("it does not begin as a pickle does");
        if (const int protocol = byte(); protocol < 2 || protocol > 5)
            bad_model("The file's pickle is of protocol " + std::to_string(protocol) + "; this program reads 2 to 5.");
        for (int count = 0;; ++count) {
            if (count == max_instructions) too_large();
            const auto op = static_cast<Op>(byte());
            if (op == stop) break;
            if (!number(op) && !text(op) && !container(op) && !stack_or_memo(op) && !object(op)) unknown(op);
        }
        if (stack_.size() != 1 || !marks_.empty()) damaged("it leaves more or less than one value");
        if (at_ != bytes_.size()) damaged("it goes on after its end");
        out_.root = stack_[0];
        return std::move(out_);
    }

  private:
    // Reading.
    std::uint8_t byte() { return take(1)[0]; }
    std::span<const std::uint8_t> take(std::uint64_t count) {
        if (count > bytes_.size() - at_) damaged("it ends too early");
        const auto taken = bytes_.subspan(at_, static_cast<std::size_t>(count));
        at_ += taken.size();
        return taken;
    }
    std::uint64_t unsigned_number(std::size_t width) {
        std::uint64_t value = 0;
        std::memcpy(&value, take(width).data(), width);
        return value;
    }
    std::string_view text_of(std::uint64_t length) {
        const auto taken = take(length);
        if (taken.size() > max_text) too_large();
        return {reinterpret_cast<const char*>(taken.data()), taken.size()};
    }
    std::string_view line() {
        const auto rest = bytes_.subspan(at_);
        const auto end = std::ranges::find(rest, std::uint8_t{'\n'});
        if (end == rest.end()) damaged("it ends too early");
        const std::string_view found = text_of(static_cast<std::uint64_t>(end - rest.begin()));
        ++at_;
        return found;
    }

    // The stack.
    void push(Value&& value) {
        if (value.depth > max_depth) too_large();
        out_.values.push_back(std::move(value));
        stack_.push_back(static_cast<Ref>(out_.values.size() - 1));
    }
    void push(Kind kind, std::int64_t value = 0) {
        Value made;
        made.kind = kind;
        made.number = value;
        push(std::move(made));
    }
    void push_text(std::string_view found) {
        Value made;
        made.kind = Kind::text;
        made.text = found;
        push(std::move(made));
    }
    // Values below the last mark are not for the instructions after it.
    std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
    Ref top() const {
        if (stack_.size() <= floor()) damaged("it uses a value that is not there");
        return stack_.back();
    }
    Ref pop_one() {
        const Ref ref = top();
        stack_.pop_back();
        return ref;
    }
    std::vector<Ref> pop_last(std::size_t count) {
        if (stack_.size() - floor() < count) damaged("it uses a value that is not there");
        std::vector<Ref> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
        stack_.resize(stack_.size() - count);
        return items;
    }
    std::vector<Ref> pop_to_mark() {
        if (marks_.empty()) damaged("a mark is missing");
        std::vector<Ref> items = pop_last(stack_.size() - marks_.back());
        marks_.pop_back();
        return items;
    }

    // Instructions. Each group answers whether the instruction is one of its own.
    bool number(Op op) {
        switch (op) {
            case none: push(Kind::none); return true;
            case newtrue: push(Kind::integer, 1); return true;
            case newfalse: push(Kind::integer, 0); return true;
            case binint: push(Kind::integer, static_cast<std::int32_t>(unsigned_number(4))); return true;
            case binint1: push(Kind::integer, static_cast<std::int64_t>(unsigned_number(1))); return true;
            case binint2: push(Kind::integer, static_cast<std::int64_t>(unsigned_number(2))); return true;
            case long1: long_number(unsigned_number(1)); return true;
            case long4: long_number(unsigned_number(4)); return true;
            case binfloat:
                take(8);
                push(Kind::other);
                return true;
            default: return false;
        }
    }
    void long_number(std::uint64_t width) {
        const auto digits = take(width);
        if (width > 8) return push(Kind::other);  // a seed, say: no size of a tensor
        std::uint64_t value = 0;
        if (width > 0) {
            std::memcpy(&value, digits.data(), digits.size());
            if (width < 8 && digits.back() & 0x80) value |= ~std::uint64_t{0} << (8 * width);
        }
        push(Kind::integer, static_cast<std::int64_t>(value));
    }
    bool text(Op op) {
        switch (op) {
            case short_binstring:
            case short_binunicode: push_text(text_of(unsigned_number(1))); return true;
            case binstring:
            case binunicode: push_text(text_of(unsigned_number(4))); return true;
            case binunicode8: push_text(text_of(unsigned_number(8))); return true;
            case short_binbytes: take(unsigned_number(1)); break;
            case binbytes: take(unsigned_number(4)); break;
            case binbytes8: take(unsigned_number(8)); break;
            default: return false;
        }
        push(Kind::other);
        return true;
    }
    bool container(Op op) {
        switch (op) {
            case empty_tuple: make(Kind::tuple, {}); return true;
            case tuple1: make(Kind::tuple, pop_last(1)); return true;
            case tuple2: make(Kind::tuple, pop_last(2)); return true;
            case tuple3: make(Kind::tuple, pop_last(3)); return true;
            case tuple: make(Kind::tuple, pop_to_mark()); return true;
            case empty_list: make(Kind::list, {}); return true;
            case list: make(Kind::list, pop_to_mark()); return true;
            case empty_dict: make(Kind::dict, {}); return true;
            case dict: make(Kind::dict, pop_to_mark()); return true;
            case append: add(Kind::list, pop_last(1)); return true;
            case appends: add(Kind::list, pop_to_mark()); return true;
            case setitem: add(Kind::dict, pop_last(2)); return true;
            case setitems: add(Kind::dict, pop_to_mark()); return true;
            default: return false;
        }
    }
    void contain(Value& value, std::vector<Ref>&& items) {
        if (value.kind == Kind::dict && items.size() % 2) damaged("a key has no value");
        std::uint16_t deepest = 0;
        for (const Ref item : items) deepest = std::max(deepest, out_[item].depth);
        if (!items.empty()) value.depth = std::max<std::uint16_t>(value.depth, deepest + 1);
        if (value.depth > max_depth) too_large();
        value.items.insert(value.items.end(), items.begin(), items.end());
    }
    void make(Kind kind, std::vector<Ref>&& items) {
        Value value;
        value.kind = kind;
        contain(value, std::move(items));
        push(std::move(value));
    }
    void add(Kind kind, std::vector<Ref>&& items) {
        Value& value = out_.values[top()];
        if (value.kind != kind) damaged("it adds to what is no container");
        contain(value, std::move(items));
    }
    bool stack_or_memo(Op op) {
        switch (op) {
            case mark:
                if (marks_.size() == max_depth) too_large();
                marks_.push_back(stack_.size());
                return true;
            case pop: pop_one(); return true;
            case pop_mark: pop_to_mark(); return true;
            case dup: stack_.push_back(top()); return true;
            case binput: remember(unsigned_number(1)); return true;
            case long_binput: remember(unsigned_number(4)); return true;
            case memoize: remember(memo_.size()); return true;
            case binget: recall(unsigned_number(1)); return true;
            case long_binget: recall(unsigned_number(4)); return true;
            case frame:
                if (unsigned_number(8) > bytes_.size() - at_) damaged("it ends too early");
                return true;
            default: return false;
        }
    }
    void remember(std::uint64_t index) {
        if (index >= max_memo) too_large();
        if (index >= memo_.size()) memo_.resize(static_cast<std::size_t>(index) + 1);
        memo_[static_cast<std::size_t>(index)] = top();
    }
    void recall(std::uint64_t index) {
        if (index >= memo_.size() || !memo_[index]) damaged("it recalls what it never remembered");
        stack_.push_back(*memo_[index]);
    }

    bool object(Op op) {
        switch (op) {
            case global: {
                const std::string_view module = line();
                push_global(module, line());
                return true;
            }
            case stack_global: {
                const auto names = pop_last(2);
                if (out_[names[0]].kind != Kind::text || out_[names[1]].kind != Kind::text)
                    damaged("a name is not a text");
                push_global(out_[names[0]].text, out_[names[1]].text);
                return true;
            }
            case binpersid: push_storage(); return true;
            case reduce: apply(); return true;
            case build:
                // The attributes of a state dict are the versions of its modules.
                pop_one();
                if (!out_[top()].ordered_dict) refuse("an object with attributes");
                return true;
            default: return false;
        }
    }
    void push_global(std::string_view module, std::string_view name) {
        const std::string full = std::string(module) + "." + std::string(name);
        const auto known = std::ranges::find(globals, full, &Global::name);
        if (known == globals.end()) refuse(shown(full));
        if (known->what == What::type) return push(Kind::other);
        push(Kind::global, known - globals.begin());
    }
    const Global* as_global(Ref ref) const {
        const Value& value = out_[ref];
        return value.kind == Kind::global ? &globals[static_cast<std::size_t>(value.number)] : nullptr;
    }
    const Value& item(const Value& of, std::size_t index, Kind kind) const {
        if (index >= of.items.size() || out_[of.items[index]].kind != kind) damaged("a tensor is described wrongly");
        return out_[of.items[index]];
    }
    std::vector<std::int64_t> whole_numbers(const Value& of) const {
        if (of.items.size() > max_rank) damaged("a tensor has more than " + std::to_string(max_rank) + " dimensions");
        std::vector<std::int64_t> numbers;
        for (std::size_t i = 0; i < of.items.size(); ++i) numbers.push_back(item(of, i, Kind::integer).number);
        return numbers;
    }
    // ("storage", type, key, device, elements)
    void push_storage() {
        const Value id = out_[pop_one()];
        if (id.kind != Kind::tuple || item(id, 0, Kind::text).text != "storage")
            damaged("a storage is described wrongly");
        const Global* type = id.items.size() >= 5 ? as_global(id.items[1]) : nullptr;
        if (!type || type->what != What::storage) damaged("a storage is described wrongly");
        PickledTensor all;
        all.dtype = type->dtype;
        all.storage = item(id, 2, Kind::text).text;
        all.storage_elements = item(id, 4, Kind::integer).number;
        out_.tensors.push_back(std::move(all));
        push(Kind::storage, static_cast<std::int64_t>(out_.tensors.size() - 1));
    }
    // Calls nothing: each of the known functions stands for one kind of value.
    void apply() {
        const Value arguments = out_[pop_one()];
        const Global* function = as_global(pop_one());
        if (!function || arguments.kind != Kind::tuple) refuse("a call of what is no function");
        switch (function->what) {
            case What::ordered_dict:
                if (!arguments.items.empty()) refuse("collections.OrderedDict with arguments");
                make(Kind::dict, {});
                out_.values.back().ordered_dict = true;
                return;
            case What::size:
                whole_numbers(item(arguments, 0, Kind::tuple));
                return stack_.push_back(arguments.items[0]);
            case What::rebuild_parameter:  // (tensor, requires_grad, hooks)
                item(arguments, 0, Kind::tensor);
                return stack_.push_back(arguments.items[0]);
            case What::rebuild_tensor: return push_tensor(arguments);
            default: refuse("a call of " + std::string(function->name));
        }
    }
    // (storage, offset, shape, strides, requires_grad, hooks)
    void push_tensor(const Value& arguments) {
        PickledTensor tensor = out_.tensors[static_cast<std::size_t>(item(arguments, 0, Kind::storage).number)];
        tensor.offset = item(arguments, 1, Kind::integer).number;
        tensor.shape = whole_numbers(item(arguments, 2, Kind::tuple));
        tensor.strides = whole_numbers(item(arguments, 3, Kind::tuple));
        out_.tensors.push_back(std::move(tensor));
        push(Kind::tensor, static_cast<std::int64_t>(out_.tensors.size() - 1));
    }

    [[noreturn]] static void refuse(const std::string& what) {
        bad_model("The file asks for " + what + ", and this program reads weights but runs no code. " +
                  save_weights_only);
    }
    [[noreturn]] static void too_large() {
        bad_model("The file's pickle is larger or more deeply nested than that of any model.");
    }
    [[noreturn]] static void unknown(Op op) {
        refuse("an object of Python (pickle instruction " + std::to_string(static_cast<int>(op)) + ")");
    }

    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
    Pickle out_;
    std::vector<Ref> stack_;
    std::vector<std::size_t> marks_;
    std::vector<std::optional<Ref>> memo_;
};

}  // namespace

Pickle read_pickle(std::span<const std::uint8_t> bytes) { return Unpickler(bytes).run(); }

}  // namespace perceiver::weights
